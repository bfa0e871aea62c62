/* SPDX-License-Identifier: GPL-2.0-only */
/* The system call bpf() as most of the book's programs make it, without a library in between. */
#ifndef CALLS_H
#define CALLS_H

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "progs.h"

static inline int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* What to load, without a log. ATTACH_TYPE in the environment is the expected attach type. */
static inline union bpf_attr to_load(const struct bpf_insn *insns, unsigned int count)
{
	const char *attach_type = getenv("ATTACH_TYPE");
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_OREORE;
	attr.expected_attach_type = attach_type ? atoi(attach_type) : 0;
	attr.insns = (unsigned long)insns;
	attr.insn_cnt = count;
	attr.license = (unsigned long)"GPL";
	return attr;
}

/* Run a program @repeat times on @number, and leave what it answered last in @answer. */
static inline int test_run(int fd, __u32 number, __u32 repeat, __u32 *answer)
{
	union bpf_attr attr;
	int ret;

	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = fd;
	attr.test.ctx_in = (unsigned long)&number;
	attr.test.ctx_size_in = sizeof(number);
	attr.test.repeat = repeat;
	ret = bpf(BPF_PROG_TEST_RUN, &attr);
	*answer = attr.test.retval;
	return ret;
}

#endif /* CALLS_H */
