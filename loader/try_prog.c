// SPDX-License-Identifier: GPL-2.0-only
/*
 * try_prog NAME [NUMBER]: load a program of progs.h and show the verifier's log; with a number,
 * run it on that number. ATTACH_TYPE in the environment is the expected attach type.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"

static char verifier_log[16384];

static int load(const struct prog *prog)
{
	union bpf_attr attr = to_load(prog->insns, prog_len(prog));

	attr.log_buf = (unsigned long)verifier_log;
	attr.log_size = sizeof(verifier_log);
	attr.log_level = 1;
	return bpf(BPF_PROG_LOAD, &attr);
}

int main(int argc, char **argv)
{
	const struct prog *prog = argc > 1 ? find_prog(argv[1]) : NULL;
	__u32 number, answer;
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
	if (argc < 3)
		return 0;

	number = strtoul(argv[2], NULL, 0);
	if (test_run(fd, number, 1, &answer)) {
		printf("test run: errno %d (%s)\n", errno, strerror(errno));
		return 1;
	}
	printf("%u in, %u out\n", number, answer);
	return 0;
}
