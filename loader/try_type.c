// SPDX-License-Identifier: GPL-2.0-only
/* try_type TYPE [ATTACH_TYPE]: ask the kernel to load the book's program as a program of this type. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bpf.h>

int main(int argc, char **argv)
{
	/* r0 = *(u32 *)(r1 + 0); w0 += 42; exit */
	static const struct bpf_insn insns[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_1 },
		{ .code = BPF_ALU | BPF_ADD | BPF_K, .dst_reg = BPF_REG_0, .imm = 42 },
		{ .code = BPF_JMP | BPF_EXIT },
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
