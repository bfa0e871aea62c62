/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions of BPF. The macros have the names and the arguments that they have in the kernel's
 * own programs, which take them from tools/include/linux/filter.h; that header is not one of those
 * that a kernel exports for others.
 */
#ifndef INSN_H
#define INSN_H

#include <linux/bpf.h>

/* Any instruction, by its fields. */
#define BPF_RAW_INSN(CODE, DST, SRC, OFF, IMM) ((struct bpf_insn) { \
	.code = (CODE), .dst_reg = (DST), .src_reg = (SRC), .off = (OFF), .imm = (IMM) })

/* rD = *(size *)(rS + OFF); *(size *)(rD + OFF) = rS; *(size *)(rD + OFF) = IMM */
#define BPF_LDX_MEM(SIZE, DST, SRC, OFF) \
	BPF_RAW_INSN(BPF_LDX | BPF_MEM | BPF_SIZE(SIZE), DST, SRC, OFF, 0)
#define BPF_STX_MEM(SIZE, DST, SRC, OFF) \
	BPF_RAW_INSN(BPF_STX | BPF_MEM | BPF_SIZE(SIZE), DST, SRC, OFF, 0)
#define BPF_ST_MEM(SIZE, DST, OFF, IMM) \
	BPF_RAW_INSN(BPF_ST | BPF_MEM | BPF_SIZE(SIZE), DST, 0, OFF, IMM)
/* change *(size *)(rD + OFF) by rS, in one piece */
#define BPF_ATOMIC_OP(SIZE, OP, DST, SRC, OFF) \
	BPF_RAW_INSN(BPF_STX | BPF_ATOMIC | BPF_SIZE(SIZE), DST, SRC, OFF, OP)

/* rD = rS; wD = wS; rD = IMM */
#define BPF_MOV64_REG(DST, SRC)	BPF_RAW_INSN(BPF_ALU64 | BPF_MOV | BPF_X, DST, SRC, 0, 0)
#define BPF_MOV32_REG(DST, SRC)	BPF_RAW_INSN(BPF_ALU | BPF_MOV | BPF_X, DST, SRC, 0, 0)
#define BPF_MOV64_IMM(DST, IMM)	BPF_RAW_INSN(BPF_ALU64 | BPF_MOV | BPF_K, DST, 0, 0, IMM)
/* rD = rD OP rS; rD = rD OP IMM; wD = wD OP IMM */
#define BPF_ALU64_REG(OP, DST, SRC) \
	BPF_RAW_INSN(BPF_ALU64 | BPF_OP(OP) | BPF_X, DST, SRC, 0, 0)
#define BPF_ALU64_IMM(OP, DST, IMM) \
	BPF_RAW_INSN(BPF_ALU64 | BPF_OP(OP) | BPF_K, DST, 0, 0, IMM)
#define BPF_ALU32_IMM(OP, DST, IMM) \
	BPF_RAW_INSN(BPF_ALU | BPF_OP(OP) | BPF_K, DST, 0, 0, IMM)
/* rD with the bytes of its lowest LEN bits in the order of a little- or big-endian machine */
#define BPF_ENDIAN(TYPE, DST, LEN) \
	BPF_RAW_INSN(BPF_ALU | BPF_END | BPF_SRC(TYPE), DST, 0, 0, LEN)

/* rD = the map with this descriptor: a constant of 64 bits, and so two instructions */
#define BPF_LD_MAP_FD(DST, MAP_FD) \
	BPF_RAW_INSN(BPF_LD | BPF_IMM | BPF_DW, DST, BPF_PSEUDO_MAP_FD, 0, MAP_FD), \
	BPF_RAW_INSN(0, 0, 0, 0, 0)

/* if rD OP IMM goto OFF */
#define BPF_JMP_IMM(OP, DST, IMM, OFF) \
	BPF_RAW_INSN(BPF_JMP | BPF_OP(OP) | BPF_K, DST, 0, OFF, IMM)
/* call a helper of the kernel; a function of the program, TGT instructions further on */
#define BPF_EMIT_CALL(FUNC)	BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, FUNC)
#define BPF_CALL_REL(TGT)	BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, TGT)
#define BPF_EXIT_INSN()		BPF_RAW_INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

#endif /* INSN_H */
