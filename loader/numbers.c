// SPDX-License-Identifier: GPL-2.0-only
/* numbers: the program type and the attach type, as the compiler and as the kernel know them. */
#include <stdio.h>
#include <string.h>

#include "calls.h"

static int load(int attach_type)
{
	const struct prog *prog = find_prog("add-42");
	union bpf_attr attr = to_load(prog->insns, prog_len(prog));

	attr.expected_attach_type = attach_type;
	return bpf(BPF_PROG_LOAD, &attr);
}

/* The kernel describes each program in the fdinfo of its descriptor. */
static void print_fdinfo(int fd)
{
	char path[64], line[256];
	FILE *info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = fopen(path, "r");
	while (info && fgets(line, sizeof(line), info))
		if (!strncmp(line, "prog_type:", 10))
			printf("kernel %s", line);
	if (info)
		fclose(info);
}

int main(void)
{
	int fd = load(BPF_OREORE_ATTACH);

	printf("compiler prog_type:	%d\n", BPF_PROG_TYPE_OREORE);
	print_fdinfo(fd);

	printf("compiler attach_type:	%d\n", BPF_OREORE_ATTACH);
	for (int where = 0; where < 256; where++)
		if (load(where) >= 0)
			printf("kernel attach_type:	%d\n", where);
	return fd < 0;
}
