// SPDX-License-Identifier: GPL-2.0-only
/* try_type TYPE [ATTACH_TYPE]: ask the kernel to load the book's program as one of this type. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "insn.h"

int main(int argc, char **argv)
{
	static const struct bpf_insn insns[] = {
		BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_1, 0),	/* r0 = *(u32 *)(r1 + 0) */
		BPF_ALU32_IMM(BPF_ADD, BPF_REG_0, 42),		/* w0 += 42 */
		BPF_EXIT_INSN(),
	};
	union bpf_attr attr;
	const char *name;
	int fd;

	if (argc < 2) {
		fprintf(stderr, "usage: try_type TYPE [ATTACH_TYPE]\n");
		return 2;
	}

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = atoi(argv[1]);
	attr.expected_attach_type = argc > 2 ? atoi(argv[2]) : 0;
	attr.insns = (unsigned long)insns;
	attr.insn_cnt = sizeof(insns) / sizeof(*insns);
	attr.license = (unsigned long)"GPL";

	fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0) {
		name = strerrorname_np(errno);
		printf("type %s: refused, errno %d, %s (%s)\n", argv[1], errno,
		       name ? name : "no name", strerror(errno));
		return 1;
	}
	printf("type %s: loaded\n", argv[1]);
	return 0;
}
