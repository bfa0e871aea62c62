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
/* rD = rS, rD = IMM, wD += IMM */
#define MOV(DST, SRC)	{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (DST), .src_reg = (SRC) }
#define SET(DST, IMM)	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (DST), .imm = (IMM) }
#define ADD32(DST, IMM)	{ .code = BPF_ALU | BPF_ADD | BPF_K, .dst_reg = (DST), .imm = (IMM) }
#define CALL(HELPER)	{ .code = BPF_JMP | BPF_CALL, .imm = (HELPER) }
/* if rD != IMM goto OFF */
#define JNE(DST, IMM, OFF) \
	{ .code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = (DST), .imm = (IMM), .off = (OFF) }
#define EXIT()		{ .code = BPF_JMP | BPF_EXIT }

#define R0 BPF_REG_0
#define R1 BPF_REG_1

struct prog {
	const char *name;
	const char *text;
	struct bpf_insn insns[4];
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
};

static inline const struct prog *find_prog(const char *name)
{
	for (size_t i = 0; i < sizeof(progs) / sizeof(*progs); i++)
		if (!strcmp(progs[i].name, name))
			return &progs[i];
	return NULL;
}

/* Every program ends with its only exit. */
static inline unsigned int prog_len(const struct prog *prog)
{
	unsigned int len = 0;

	while (prog->insns[len++].code != (BPF_JMP | BPF_EXIT))
		;
	return len;
}

#endif /* PROGS_H */
