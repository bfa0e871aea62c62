// SPDX-License-Identifier: GPL-2.0-only
/* attach_prog NAME: load a program of progs.h, attach it to the hook, and leave it there. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "progs.h"

int main(int argc, char **argv)
{
	const struct prog *prog = argc > 1 ? find_prog(argv[1]) : NULL;
	union bpf_attr attr;
	int fd;

	if (!prog) {
		fprintf(stderr, "usage: attach_prog NAME; see progs.h for the names\n");
		return 2;
	}

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_OREORE;
	attr.expected_attach_type = BPF_OREORE_ATTACH;
	attr.insns = (unsigned long)prog->insns;
	attr.insn_cnt = prog_len(prog);
	attr.license = (unsigned long)"GPL";
	fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0) {
		fprintf(stderr, "load: %s\n", strerror(errno));
		return 1;
	}

	memset(&attr, 0, sizeof(attr));
	attr.attach_type = BPF_OREORE_ATTACH;
	attr.attach_bpf_fd = fd;
	if (syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr))) {
		fprintf(stderr, "attach: %s\n", strerror(errno));
		return 1;
	}
	return 0;
}
