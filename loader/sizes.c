// SPDX-License-Identifier: GPL-2.0-only
/*
 * sizes: test runs of the talk's program with contexts of several lengths, as programs of several
 * ages would send them. ATTACH_TYPE in the environment is the expected attach type.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "calls.h"

static const struct {
	const char *what;
	__u32 size;
	__u32 words[8];
} contexts[] = {
	{ "4 bytes, as before this chapter", 4, { 1 } },
	{ "8 bytes, with who asks left to the kernel", 8, { 1 } },
	{ "8 bytes, with another one who asks", 8, { 1, 1 } },
	{ "32 bytes, zero where we know no field", 32, { 1 } },
	{ "32 bytes, and not zero there", 32, { 1, 0, 0, 0, 0, 0, 0, 1 } },
	{ "2 bytes, half a number", 2, { 1 } },
	{ "none", 0, { 0 } },
};

int main(void)
{
	const struct prog *prog = find_prog("add-42");
	union bpf_attr attr = to_load(prog->insns, prog_len(prog));
	int fd = bpf(BPF_PROG_LOAD, &attr);

	for (size_t i = 0; i < sizeof(contexts) / sizeof(*contexts); i++) {
		memset(&attr, 0, sizeof(attr));
		attr.test.prog_fd = fd;
		attr.test.ctx_in = (unsigned long)contexts[i].words;
		attr.test.ctx_size_in = contexts[i].size;
		if (bpf(BPF_PROG_TEST_RUN, &attr))
			printf("%-42s %s\n", contexts[i].what, strerrorname_np(errno));
		else
			printf("%-42s answers %u\n", contexts[i].what, attr.test.retval);
	}
	return 0;
}
