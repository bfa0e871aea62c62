/* SPDX-License-Identifier: GPL-2.0-only */
/* Give a program to a file of oreore_bench. The module holds it from then on. */
#ifndef GIVE_H
#define GIVE_H

#include <stdio.h>

#define BENCH_PROG "/sys/oreore_bench/prog"

/* Returns 0, or -1 with errno. */
static inline int give(int prog, const char *path)
{
	FILE *file = fopen(path, "w");
	int said;

	if (!file)
		return -1;
	said = fprintf(file, "%d\n", prog);
	return fclose(file) || said < 0 ? -1 : 0;
}

#endif /* GIVE_H */
