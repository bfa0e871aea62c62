/* SPDX-License-Identifier: GPL-2.0-only */
/* Use a call rightly or wrongly, and compare what it answers with what is expected. */
#ifndef USES_H
#define USES_H

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "caps.h"

static int failures;

static inline void expect(const char *use, int result, int expected)
{
	int got = result < 0 ? errno : 0;

	printf("%-54s %s\n", use, got ? strerrorname_np(got) : "ok");
	if (got != expected) {
		printf("    expected %s\n", expected ? strerrorname_np(expected) : "ok");
		failures++;
	}
}

/* For what is a fact, not a call. */
static inline void expect_that(const char *fact, int holds)
{
	printf("%-54s %s\n", fact, holds ? "yes" : "NO");
	failures += !holds;
}

static inline int load_socket_filter(void)
{
	static const struct bpf_insn answer_1[] = { BPF_MOV64_IMM(BPF_REG_0, 1), BPF_EXIT_INSN() };
	union bpf_attr attr = to_load(answer_1, 2);

	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.expected_attach_type = 0;
	return bpf(BPF_PROG_LOAD, &attr);
}

/* Make a call as a user without any capability, who has inherited our descriptors. */
static inline int as_nobody(int (*call)(int a, int b), int a, int b)
{
	int status;

	if (!fork()) {
		if (become_nobody_with(0))
			_exit(255);
		_exit(call(a, b) < 0 ? errno : 0);
	}
	wait(&status);
	errno = WEXITSTATUS(status);
	return errno ? -1 : 0;
}

#endif /* USES_H */
