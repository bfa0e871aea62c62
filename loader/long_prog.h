/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs of any length, for measurements: r0 = the number; w0 += 1, as often as it takes; exit */
#ifndef LONG_PROG_H
#define LONG_PROG_H

#include "progs.h"

static inline void make_long_prog(struct bpf_insn *insns, int length)
{
	const struct bpf_insn first = LOAD(BPF_W, R0, R1, 0), add = ADD32(R0, 1), last = EXIT();

	insns[0] = first;
	for (int i = 1; i < length - 1; i++)
		insns[i] = add;
	insns[length - 1] = last;
}

#endif /* LONG_PROG_H */
