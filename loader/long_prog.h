/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs of any length, for measurements: r0 = the number; w0 += 1, as often as it takes; exit */
#ifndef LONG_PROG_H
#define LONG_PROG_H

#include "insn.h"

static inline void make_long_prog(struct bpf_insn *insns, int length)
{
	insns[0] = BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_1, 0);
	for (int i = 1; i < length - 1; i++)
		insns[i] = BPF_ALU32_IMM(BPF_ADD, BPF_REG_0, 1);
	insns[length - 1] = BPF_EXIT_INSN();
}

#endif /* LONG_PROG_H */
