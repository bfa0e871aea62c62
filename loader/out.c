// SPDX-License-Identifier: GPL-2.0-only
/*
 * out NAME NUMBER: run a program of progs.h on a number, and show its answer and the context that
 * it leaves behind. ATTACH_TYPE in the environment is the expected attach type.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"

int main(int argc, char **argv)
{
	const struct prog *prog = argc == 3 ? find_prog(argv[1]) : NULL;
	struct bpf_oreore in = { 0 }, out = { 0 };
	union bpf_attr attr;
	int fd;

	if (!prog) {
		fprintf(stderr, "usage: out NAME NUMBER; see progs.h for the names\n");
		return 2;
	}

	attr = to_load(prog->insns, prog_len(prog));
	fd = bpf(BPF_PROG_LOAD, &attr);
	in.value = strtoul(argv[2], NULL, 0);
	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = fd;
	attr.test.ctx_in = (unsigned long)&in;
	attr.test.ctx_size_in = sizeof(in);
	attr.test.ctx_out = (unsigned long)&out;
	attr.test.ctx_size_out = sizeof(out);
	if (fd < 0 || bpf(BPF_PROG_TEST_RUN, &attr)) {
		printf("%s: errno %d (%s)\n", prog->text, errno, strerror(errno));
		return 1;
	}
	printf("%s\n%u in, %u out; error %u; asked by %s\n", prog->text, in.value,
	       attr.test.retval, out.error, out.tgid == (__u32)getpid() ? "us" : "somebody else");
	return 0;
}
