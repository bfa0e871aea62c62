// SPDX-License-Identifier: GPL-2.0-only
/*
 * fields: try every access to the context, and show at which offset which sizes are accepted.
 * ATTACH_TYPE in the environment is the expected attach type.
 */
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "calls.h"

#define OFFSETS 16

static const int sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };	/* 1, 2, 4, 8 bytes */

#define SIZES (sizeof(sizes) / sizeof(*sizes))

static bool accepted(bool write, int size, int off)
{
	const struct bpf_insn insns[] = {
		BPF_MOV64_IMM(BPF_REG_0, 0),
		write ? BPF_STX_MEM(size, BPF_REG_1, BPF_REG_0, off) :
			BPF_LDX_MEM(size, BPF_REG_0, BPF_REG_1, off),
		BPF_EXIT_INSN(),
	};
	union bpf_attr attr = to_load(insns, sizeof(insns) / sizeof(*insns));
	int fd = bpf(BPF_PROG_LOAD, &attr);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

int main(void)
{
	printf("offset   read 1 2 4 8   write 1 2 4 8\n");
	for (int off = 0; off < OFFSETS; off++) {
		char row[2 * SIZES], *cell = row;
		bool any = false;

		for (size_t i = 0; i < 2 * SIZES; i++) {
			bool ok = accepted(i >= SIZES, sizes[i % SIZES], off);

			*cell++ = ok ? '+' : '.';
			any |= ok;
		}
		if (any)
			printf("%6d        %c %c %c %c         %c %c %c %c\n", off, row[0], row[1],
			       row[2], row[3], row[4], row[5], row[6], row[7]);
	}
	return 0;
}
