/* SPDX-License-Identifier: GPL-2.0-or-later */
/* main.c - the one main of all tools. */
#include "tool.h"

int main(int argc, char **argv)
{
	return tool_main(&tool, argc, argv);
}
