/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nlsock.h - the commands. */
#ifndef NLSOCK_H
#define NLSOCK_H

#include "tool.h"
#include "units.h"

extern const struct command list_command, describe_command, do_command, dump_command;
extern const struct command multi_command, listen_command, send_command;
extern const struct command decode_command, encode_command;

#endif
