/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "machine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The first line of a file that begins with key; what follows `after` goes to s. */
static void line_of(const char *path, const char *key, const char *after, char *s,
		    size_t size)
{
	FILE *f = fopen(path, "re");
	char line[512];
	const char *p;

	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		p = strstr(line, after);
		p = p ? p + strlen(after) : line;
		snprintf(s, size, "%.*s", (int)strcspn(p, "\n"), p);
		break;
	}
	if (f)
		fclose(f);
}

void machine_read(struct machine *m)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct utsname u;

	*m = (struct machine){ .cpus = (uint32_t)MAX(cpus, 0) };
	if (!uname(&u))
		snprintf(m->kernel, sizeof(m->kernel), "%.64s", u.release);
	line_of("/proc/cpuinfo", "model name", ": ", m->cpu, sizeof(m->cpu));
	line_of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "", "",
		m->governor, sizeof(m->governor));
}

int cpu_time_decode(const char *line, struct cpu_time *t)
{
	uint64_t v[8] = { 0 };
	int n = sscanf(line,
		       "cpu  %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		       " %" SCNu64 " %" SCNu64 " %" SCNu64,
		       &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]);

	*t = (struct cpu_time){ 0 };
	if (strncmp(line, "cpu ", 4) != 0 || n < 4)
		return -EBADMSG;
	for (int i = 0; i < n; i++)
		t->all += v[i];
	t->steal = v[7];
	return 0;
}

struct cpu_time cpu_time_now(void)
{
	struct cpu_time t = { 0 };
	char line[256] = "";

	/* The key stays, so that the line is whole. */
	line_of("/proc/stat", "cpu ", "\n", line, sizeof(line));
	return cpu_time_decode(line, &t) ? (struct cpu_time){ 0 } : t;
}

double steal_pct(struct cpu_time from, struct cpu_time to)
{
	if (to.all <= from.all || to.steal < from.steal)
		return 0;
	return 100 * (double)(to.steal - from.steal) / (double)(to.all - from.all);
}
