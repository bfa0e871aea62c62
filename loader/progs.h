/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs to try on the verifier: the book's own, and some that must not be loaded. */
#ifndef PROGS_H
#define PROGS_H

#include <stddef.h>
#include <string.h>

#include "insn.h"

struct prog {
	const char *name;
	const char *text;
	struct bpf_insn insns[6];
};

static const struct prog progs[] = {
	{ "add-42", "r0 = *(u32 *)(r1 + 0); w0 += 42; exit",
	  { BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_1, 0), BPF_ALU32_IMM(BPF_ADD, BPF_REG_0, 42),
	    BPF_EXIT_INSN() } },
	{ "double", "r0 = *(u32 *)(r1 + 0); r0 += r0; exit",
	  { BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_1, 0),
	    BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_0), BPF_EXIT_INSN() } },
	{ "wrong-offset", "r0 = *(u32 *)(r1 + 4); exit",
	  { BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_1, 4), BPF_EXIT_INSN() } },
	{ "wrong-size", "r0 = *(u64 *)(r1 + 0); exit",
	  { BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_1, 0), BPF_EXIT_INSN() } },
	{ "write-ctx", "r0 = 0; *(u32 *)(r1 + 0) = r0; exit",
	  { BPF_MOV64_IMM(BPF_REG_0, 0), BPF_STX_MEM(BPF_W, BPF_REG_1, BPF_REG_0, 0),
	    BPF_EXIT_INSN() } },
	{ "pointer-result", "r0 = r1; exit",
	  { BPF_MOV64_REG(BPF_REG_0, BPF_REG_1), BPF_EXIT_INSN() } },
	{ "unset-r0", "exit",
	  { BPF_EXIT_INSN() } },
	{ "helper", "call bpf_skb_load_bytes; exit",
	  { BPF_EMIT_CALL(BPF_FUNC_skb_load_bytes), BPF_EXIT_INSN() } },
	{ "endless", "r0 = *(u32 *)(r1 + 0); if r0 != 0 goto -1; exit",
	  { BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_1, 0), BPF_JMP_IMM(BPF_JNE, BPF_REG_0, 0, -1),
	    BPF_EXIT_INSN() } },

	/* helpers that a list may have or not */
	{ "clock", "call bpf_ktime_get_ns; exit",
	  { BPF_EMIT_CALL(BPF_FUNC_ktime_get_ns), BPF_EXIT_INSN() } },
	{ "tail-call", "call bpf_tail_call; exit",
	  { BPF_EMIT_CALL(BPF_FUNC_tail_call), BPF_EXIT_INSN() } },
	{ "loop", "call bpf_loop; exit",
	  { BPF_EMIT_CALL(BPF_FUNC_loop), BPF_EXIT_INSN() } },
	{ "for-each", "call bpf_for_each_map_elem; exit",
	  { BPF_EMIT_CALL(BPF_FUNC_for_each_map_elem), BPF_EXIT_INSN() } },
	{ "timer", "call bpf_timer_start; exit",
	  { BPF_EMIT_CALL(BPF_FUNC_timer_start), BPF_EXIT_INSN() } },
	{ "spin-lock", "call bpf_spin_lock; exit",
	  { BPF_EMIT_CALL(BPF_FUNC_spin_lock), BPF_EXIT_INSN() } },
	{ "ring-buffer", "call bpf_ringbuf_output; exit",
	  { BPF_EMIT_CALL(BPF_FUNC_ringbuf_output), BPF_EXIT_INSN() } },
	{ "read-kernel", "call bpf_probe_read_kernel; exit",
	  { BPF_EMIT_CALL(BPF_FUNC_probe_read_kernel), BPF_EXIT_INSN() } },

	/* answers that are made of an address */
	{ "low-half", "w0 = w1; exit",
	  { BPF_MOV32_REG(BPF_REG_0, BPF_REG_1), BPF_EXIT_INSN() } },
	{ "negated", "r0 = r1; r0 = -r0; r0 = -r0; exit",
	  { BPF_MOV64_REG(BPF_REG_0, BPF_REG_1),
	    BPF_ALU64_IMM(BPF_NEG, BPF_REG_0, 0), BPF_ALU64_IMM(BPF_NEG, BPF_REG_0, 0),
	    BPF_EXIT_INSN() } },
	{ "swapped", "r0 = r1; r0 = be64 r0; r0 = be64 r0; exit",
	  { BPF_MOV64_REG(BPF_REG_0, BPF_REG_1),
	    BPF_ENDIAN(BPF_TO_BE, BPF_REG_0, 64), BPF_ENDIAN(BPF_TO_BE, BPF_REG_0, 64),
	    BPF_EXIT_INSN() } },
	{ "exchanged", "r0 = r1; exchange r0 with the stack, twice; exit",
	  { BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, 0), BPF_MOV64_REG(BPF_REG_0, BPF_REG_1),
	    BPF_ATOMIC_OP(BPF_DW, BPF_XCHG, BPF_REG_10, BPF_REG_0, -8),
	    BPF_ATOMIC_OP(BPF_DW, BPF_XCHG, BPF_REG_10, BPF_REG_0, -8),
	    BPF_EXIT_INSN() } },
	{ "called", "call +1; exit; w0 = w1; exit",
	  { BPF_CALL_REL(1), BPF_EXIT_INSN(),
	    BPF_MOV32_REG(BPF_REG_0, BPF_REG_1), BPF_EXIT_INSN() } },
	{ "difference", "r0 = r1; r0 -= r10; exit",
	  { BPF_MOV64_REG(BPF_REG_0, BPF_REG_1), BPF_ALU64_REG(BPF_SUB, BPF_REG_0, BPF_REG_10),
	    BPF_EXIT_INSN() } },
	{ "high-half", "r0 = r1; r0 = -r0; r0 = -r0; r0 >>= 32; exit",
	  { BPF_MOV64_REG(BPF_REG_0, BPF_REG_1),
	    BPF_ALU64_IMM(BPF_NEG, BPF_REG_0, 0), BPF_ALU64_IMM(BPF_NEG, BPF_REG_0, 0),
	    BPF_ALU64_IMM(BPF_RSH, BPF_REG_0, 32),
	    BPF_EXIT_INSN() } },

	/* fields of the context, whole and in part */
	{ "who-asks", "r0 = *(u32 *)(r1 + 4); exit",
	  { BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_1, 4), BPF_EXIT_INSN() } },
	{ "second-byte", "r0 = *(u8 *)(r1 + 1); exit",
	  { BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_1, 1), BPF_EXIT_INSN() } },

	{ "no-13",
	  "r0 = *(u32 *)(r1 + 0); if r0 != 13 goto +2; r2 = 33; *(u32 *)(r1 + 8) = r2; exit",
	  { BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_1, 0), BPF_JMP_IMM(BPF_JNE, BPF_REG_0, 13, 2),
	    BPF_MOV64_IMM(BPF_REG_2, 33 /* EDOM */),
	    BPF_STX_MEM(BPF_W, BPF_REG_1, BPF_REG_2, 8), BPF_EXIT_INSN() } },

	/* ways around the rules for them */
	{ "again", "r0 = 0; r2 = 512; *(u32 *)(r1 + 8) = r2; exit",
	  { BPF_MOV64_IMM(BPF_REG_0, 0), BPF_MOV64_IMM(BPF_REG_2, 512 /* ERESTARTSYS */),
	    BPF_STX_MEM(BPF_W, BPF_REG_1, BPF_REG_2, 8), BPF_EXIT_INSN() } },
	{ "half-an-error", "r0 = 0; *(u16 *)(r1 + 8) = r0; exit",
	  { BPF_MOV64_IMM(BPF_REG_0, 0), BPF_STX_MEM(BPF_H, BPF_REG_1, BPF_REG_0, 8),
	    BPF_EXIT_INSN() } },
	{ "moved", "r1 += 4; r0 = *(u32 *)(r1 + 0); exit",
	  { BPF_ALU64_IMM(BPF_ADD, BPF_REG_1, 4), BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_1, 0),
	    BPF_EXIT_INSN() } },
	{ "computed", "r2 = *(u32 *)(r1 + 0); r2 &= 4; r1 += r2; r0 = *(u32 *)(r1 + 0); exit",
	  { BPF_LDX_MEM(BPF_W, BPF_REG_2, BPF_REG_1, 0), BPF_ALU64_IMM(BPF_AND, BPF_REG_2, 4),
	    BPF_ALU64_REG(BPF_ADD, BPF_REG_1, BPF_REG_2),
	    BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_1, 0), BPF_EXIT_INSN() } },
	{ "constant", "*(u32 *)(r1 + 0) = 7; r0 = 0; exit",
	  { BPF_ST_MEM(BPF_W, BPF_REG_1, 0, 7), BPF_MOV64_IMM(BPF_REG_0, 0), BPF_EXIT_INSN() } },
	{ "atomic", "r0 = 1; lock *(u32 *)(r1 + 0) += r0; exit",
	  { BPF_MOV64_IMM(BPF_REG_0, 1), BPF_ATOMIC_OP(BPF_W, BPF_ADD, BPF_REG_1, BPF_REG_0, 0),
	    BPF_EXIT_INSN() } },
};

static inline const struct prog *find_prog(const char *name)
{
	for (size_t i = 0; i < sizeof(progs) / sizeof(*progs); i++)
		if (!strcmp(progs[i].name, name))
			return &progs[i];
	return NULL;
}

/* Every program ends with an exit; what follows is zeros. */
static inline unsigned int prog_len(const struct prog *prog)
{
	unsigned int len = sizeof(prog->insns) / sizeof(*prog->insns);

	while (!prog->insns[len - 1].code)
		len--;
	return len;
}

#endif /* PROGS_H */
