/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs of functions that call each other, one inside the other, each so many times.
 *
 * How often the verifier walks a function depends on what the program's type information (BTF)
 * calls it: a static function is walked at every call, a global one once, by itself.
 */
#ifndef NEST_H
#define NEST_H

#include <stdbool.h>

#include <linux/btf.h>

#include "calls.h"

#define DEEPEST	8	/* functions in one program: the kernel's MAX_CALL_FRAMES */
#define LENGTH	8	/* instructions of a function that calls the next one */

enum nesting { GLOBAL_FUNCTIONS, STATIC_FUNCTIONS, BPF_LOOPS };

struct nest {
	int depth;
	int turns;	/* of each function's loop */
	enum nesting how;
};

/* One function behind the other. The first answers how often the last has turned, all in all. */
static inline unsigned int write_nest(const struct nest *nest, struct bpf_insn *insns)
{
	const struct bpf_insn calling[LENGTH] = {
		BPF_MOV64_IMM(BPF_REG_6, 0),
		BPF_MOV64_IMM(BPF_REG_7, 0),
		BPF_CALL_REL(LENGTH - 3),
		BPF_ALU64_REG(BPF_ADD, BPF_REG_7, BPF_REG_0),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_6, 1),
		BPF_JMP_IMM(BPF_JLT, BPF_REG_6, nest->turns, -4),
		BPF_MOV64_REG(BPF_REG_0, BPF_REG_7),
		BPF_EXIT_INSN(),
	};
	/* bpf_loop(turns, next function, NULL, 0); a function that it calls returns 0 to go on */
	const struct bpf_insn looping[LENGTH] = {
		BPF_MOV64_IMM(BPF_REG_1, nest->turns),
		BPF_RAW_INSN(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_2, BPF_PSEUDO_FUNC, 0, LENGTH - 2),
		BPF_RAW_INSN(0, 0, 0, 0, 0),
		BPF_MOV64_IMM(BPF_REG_3, 0),
		BPF_MOV64_IMM(BPF_REG_4, 0),
		BPF_EMIT_CALL(BPF_FUNC_loop),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};
	const struct bpf_insn counting[] = {
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_0, 1),
		BPF_JMP_IMM(BPF_JLT, BPF_REG_0, nest->turns, -2),
		BPF_EXIT_INSN(),
	};
	const struct bpf_insn returning[] = { BPF_MOV64_IMM(BPF_REG_0, 0), BPF_EXIT_INSN() };
	const bool loops = nest->how == BPF_LOOPS;
	const size_t last = loops ? sizeof(returning) : sizeof(counting);
	unsigned int length = (nest->depth - 1) * LENGTH;

	for (int i = 0; i < nest->depth - 1; i++)
		memcpy(insns + i * LENGTH, loops ? looping : calling, sizeof(calling));
	if (loops)	/* what the first bpf_loop() returned, for each turn of the second */
		insns[LENGTH - 2] = BPF_ALU64_IMM(BPF_MUL, BPF_REG_0, nest->turns);
	memcpy(insns + length, loops ? returning : counting, last);
	return length + last / sizeof(*insns);
}

/* The types of functions a, b, c ... without arguments, which return an int. A descriptor. */
static inline int load_types(enum nesting how)
{
	const __u32 linkage = how == GLOBAL_FUNCTIONS ? BTF_FUNC_GLOBAL : BTF_FUNC_STATIC;
	struct {
		struct btf_header header;
		struct {
			struct btf_type integer;
			__u32 integer_bits;
			struct btf_type prototype;
			struct btf_type functions[DEEPEST];
		} types;
		char names[8 + 2 * DEEPEST];
	} btf = {
		.header = {
			.magic = BTF_MAGIC, .version = BTF_VERSION,
			.hdr_len = sizeof(btf.header),
			.type_len = sizeof(btf.types),
			.str_off = sizeof(btf.types), .str_len = sizeof(btf.names),
		},
		.types = {
			.integer = {
				.name_off = 1, .info = BTF_KIND_INT << 24, .size = sizeof(int),
			},
			.integer_bits = BTF_INT_SIGNED << 24 | 32,
			.prototype = { .info = BTF_KIND_FUNC_PROTO << 24, .type = 1 },
		},
		.names = "\0int",
	};
	union bpf_attr attr;

	for (int i = 0; i < DEEPEST; i++) {
		struct btf_type *function = &btf.types.functions[i];

		function->name_off = 8 + 2 * i;
		btf.names[function->name_off] = 'a' + i;
		function->info = BTF_KIND_FUNC << 24 | linkage;
		function->type = 2;
	}

	memset(&attr, 0, sizeof(attr));
	attr.btf = (unsigned long)&btf;
	attr.btf_size = sizeof(btf);
	return bpf(BPF_BTF_LOAD, &attr);
}

/* Returns a descriptor, or -1 with errno; @log gets the verifier's summary, or why it refuses. */
static inline int load_nest(const struct nest *nest, char *log, size_t size)
{
	struct bpf_insn insns[DEEPEST * LENGTH];
	struct bpf_func_info functions[DEEPEST];
	union bpf_attr attr = to_load(insns, write_nest(nest, insns));

	for (int i = 0; i < nest->depth; i++) {
		functions[i].insn_off = i * LENGTH;
		functions[i].type_id = 3 + i;
	}
	attr.prog_btf_fd = load_types(nest->how);
	attr.func_info = (unsigned long)functions;
	attr.func_info_cnt = nest->depth;
	attr.func_info_rec_size = sizeof(*functions);
	attr.log_buf = (unsigned long)log;
	attr.log_size = size;
	attr.log_level = 4;	/* the summary alone; why it refuses is said at any level */
	return bpf(BPF_PROG_LOAD, &attr);
}

#endif /* NEST_H */
