/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs to try on the verifier: the book's own, and some that must not be loaded. */
#ifndef PROGS_H
#define PROGS_H

#include <stddef.h>
#include <string.h>

#include <linux/bpf.h>

/* rD = *(size *)(rS + OFF) and *(size *)(rD + OFF) = rS */
#define LOAD(SIZE, DST, SRC, OFF) \
	{ .code = BPF_LDX | BPF_MEM | (SIZE), .dst_reg = (DST), .src_reg = (SRC), .off = (OFF) }
#define STORE(SIZE, DST, SRC, OFF) \
	{ .code = BPF_STX | BPF_MEM | (SIZE), .dst_reg = (DST), .src_reg = (SRC), .off = (OFF) }
#define STORE_IMM(SIZE, DST, OFF, IMM) \
	{ .code = BPF_ST | BPF_MEM | (SIZE), .dst_reg = (DST), .off = (OFF), .imm = (IMM) }
/* rD = rS, wD = wS, rD = IMM; rD += rS, rD -= rS; rD += IMM, wD += IMM, rD *= IMM, rD >>= IMM */
#define MOV(DST, SRC)	{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (DST), .src_reg = (SRC) }
#define MOV32(DST, SRC)	{ .code = BPF_ALU | BPF_MOV | BPF_X, .dst_reg = (DST), .src_reg = (SRC) }
#define SET(DST, IMM)	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (DST), .imm = (IMM) }
#define ADD_REG(DST, SRC) \
	{ .code = BPF_ALU64 | BPF_ADD | BPF_X, .dst_reg = (DST), .src_reg = (SRC) }
#define SUB_REG(DST, SRC) \
	{ .code = BPF_ALU64 | BPF_SUB | BPF_X, .dst_reg = (DST), .src_reg = (SRC) }
#define ADD(DST, IMM)	{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = (DST), .imm = (IMM) }
#define ADD32(DST, IMM)	{ .code = BPF_ALU | BPF_ADD | BPF_K, .dst_reg = (DST), .imm = (IMM) }
#define MUL(DST, IMM)	{ .code = BPF_ALU64 | BPF_MUL | BPF_K, .dst_reg = (DST), .imm = (IMM) }
#define RSH(DST, IMM)	{ .code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = (DST), .imm = (IMM) }
/* rD = -rD; rD with its bytes in the order of a big-endian machine */
#define NEG(DST)	{ .code = BPF_ALU64 | BPF_NEG, .dst_reg = (DST) }
#define BE64(DST)	{ .code = BPF_ALU | BPF_END | BPF_TO_BE, .dst_reg = (DST), .imm = 64 }
/* put rS in the place of *(u64 *)(rD + OFF), and what was there into rS */
#define XCHG(DST, SRC, OFF) { .code = BPF_STX | BPF_ATOMIC | BPF_DW, .dst_reg = (DST), \
			      .src_reg = (SRC), .off = (OFF), .imm = BPF_XCHG }
/* call a helper of the kernel; a function of the program, OFF instructions further on */
#define CALL(HELPER)	{ .code = BPF_JMP | BPF_CALL, .imm = (HELPER) }
#define CALL_OWN(OFF)	{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL, .imm = (OFF) }
/* if rD == IMM goto OFF; if rD != IMM goto OFF; if rD < IMM goto OFF */
#define JEQ(DST, IMM, OFF) \
	{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = (DST), .imm = (IMM), .off = (OFF) }
#define JNE(DST, IMM, OFF) \
	{ .code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = (DST), .imm = (IMM), .off = (OFF) }
#define JLT(DST, IMM, OFF) \
	{ .code = BPF_JMP | BPF_JLT | BPF_K, .dst_reg = (DST), .imm = (IMM), .off = (OFF) }
#define EXIT()		{ .code = BPF_JMP | BPF_EXIT }

#define R0 BPF_REG_0
#define R1 BPF_REG_1
#define R10 BPF_REG_10

struct prog {
	const char *name;
	const char *text;
	struct bpf_insn insns[6];
};

static const struct prog progs[] = {
	{ "add-42", "r0 = *(u32 *)(r1 + 0); w0 += 42; exit",
	  { LOAD(BPF_W, R0, R1, 0), ADD32(R0, 42), EXIT() } },
	{ "wrong-offset", "r0 = *(u32 *)(r1 + 4); exit",
	  { LOAD(BPF_W, R0, R1, 4), EXIT() } },
	{ "wrong-size", "r0 = *(u64 *)(r1 + 0); exit",
	  { LOAD(BPF_DW, R0, R1, 0), EXIT() } },
	{ "write-ctx", "r0 = 0; *(u32 *)(r1 + 0) = r0; exit",
	  { SET(R0, 0), STORE(BPF_W, R1, R0, 0), EXIT() } },
	{ "pointer-result", "r0 = r1; exit",
	  { MOV(R0, R1), EXIT() } },
	{ "unset-r0", "exit",
	  { EXIT() } },
	{ "helper", "call bpf_skb_load_bytes; exit",
	  { CALL(BPF_FUNC_skb_load_bytes), EXIT() } },
	{ "endless", "r0 = *(u32 *)(r1 + 0); if r0 != 0 goto -1; exit",
	  { LOAD(BPF_W, R0, R1, 0), JNE(R0, 0, -1), EXIT() } },

	/* helpers that a list may have or not */
	{ "clock", "call bpf_ktime_get_ns; exit",
	  { CALL(BPF_FUNC_ktime_get_ns), EXIT() } },
	{ "tail-call", "call bpf_tail_call; exit",
	  { CALL(BPF_FUNC_tail_call), EXIT() } },
	{ "loop", "call bpf_loop; exit",
	  { CALL(BPF_FUNC_loop), EXIT() } },
	{ "for-each", "call bpf_for_each_map_elem; exit",
	  { CALL(BPF_FUNC_for_each_map_elem), EXIT() } },
	{ "timer", "call bpf_timer_start; exit",
	  { CALL(BPF_FUNC_timer_start), EXIT() } },
	{ "spin-lock", "call bpf_spin_lock; exit",
	  { CALL(BPF_FUNC_spin_lock), EXIT() } },
	{ "ring-buffer", "call bpf_ringbuf_output; exit",
	  { CALL(BPF_FUNC_ringbuf_output), EXIT() } },
	{ "read-kernel", "call bpf_probe_read_kernel; exit",
	  { CALL(BPF_FUNC_probe_read_kernel), EXIT() } },

	/* answers that are made of an address */
	{ "low-half", "w0 = w1; exit",
	  { MOV32(R0, R1), EXIT() } },
	{ "negated", "r0 = r1; r0 = -r0; r0 = -r0; exit",
	  { MOV(R0, R1), NEG(R0), NEG(R0), EXIT() } },
	{ "swapped", "r0 = r1; r0 = be64 r0; r0 = be64 r0; exit",
	  { MOV(R0, R1), BE64(R0), BE64(R0), EXIT() } },
	{ "exchanged", "r0 = r1; exchange r0 with the stack, twice; exit",
	  { STORE_IMM(BPF_DW, R10, -8, 0), MOV(R0, R1),
	    XCHG(R10, R0, -8), XCHG(R10, R0, -8), EXIT() } },
	{ "called", "call +1; exit; w0 = w1; exit",
	  { CALL_OWN(1), EXIT(), MOV32(R0, R1), EXIT() } },
	{ "difference", "r0 = r1; r0 -= r10; exit",
	  { MOV(R0, R1), SUB_REG(R0, R10), EXIT() } },
	{ "high-half", "r0 = r1; r0 = -r0; r0 = -r0; r0 >>= 32; exit",
	  { MOV(R0, R1), NEG(R0), NEG(R0), RSH(R0, 32), EXIT() } },
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
