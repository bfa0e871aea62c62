// SPDX-License-Identifier: GPL-2.0-only
/*
 * try_prog NAME [NUMBER]: load a program of progs.h as BPF_PROG_TYPE_OREORE and show the verifier's log;
 * with a number, run it on that number. ATTACH_TYPE in the environment is the expected attach type.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "progs.h"

static char verifier_log[16384];

static int load(const struct prog *prog)
{
	const char *attach_type = getenv("ATTACH_TYPE");
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_OREORE;
	attr.expected_attach_type = attach_type ? atoi(attach_type) : 0;
	attr.insns = (unsigned long)prog->insns;
	attr.insn_cnt = prog_len(prog);
	attr.license = (unsigned long)"GPL";
	attr.log_buf = (unsigned long)verifier_log;
	attr.log_size = sizeof(verifier_log);
	attr.log_level = 1;
	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int test_run(int fd, __u32 number)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = fd;
	attr.test.ctx_in = (unsigned long)&number;
	attr.test.ctx_size_in = sizeof(number);
	if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr))) {
		printf("test run: errno %d (%s)\n", errno, strerror(errno));
		return 1;
	}
	printf("%u in, %u out\n", number, attr.test.retval);
	return 0;
}

int main(int argc, char **argv)
{
	const struct prog *prog = argc > 1 ? find_prog(argv[1]) : NULL;
	int fd;

	if (!prog) {
		fprintf(stderr, "usage: try_prog NAME [NUMBER]; see progs.h for the names\n");
		return 2;
	}

	fd = load(prog);
	printf("%s: %s\n%s", prog->text, fd < 0 ? strerrorname_np(errno) : "accepted",
	       verifier_log);
	if (fd < 0)
		return 1;
	return argc > 2 ? test_run(fd, strtoul(argv[2], NULL, 0)) : 0;
}
