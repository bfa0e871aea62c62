// SPDX-License-Identifier: GPL-2.0-only
/*
 * longest [bpf_loop]: loops; how much of each the verifier walked, and how long it ran.
 * ATTACH_TYPE in the environment is the expected attach type.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "nest.h"

#define COPIES	100
#define COPIED	(16 << 20)	/* bytes a copy */

static char verifier_log[65536];

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

/* A map of one value, as large as this machine can spare. */
static int large_map(void)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = 4;
	attr.value_size = COPIED;
	attr.max_entries = 1;
	return bpf(BPF_MAP_CREATE, &attr);
}

/* A loop that copies a map's value: it looks it up, and gives it to the map as the new one. */
static int load_copies(void)
{
	const int map = large_map();
	const struct bpf_insn insns[] = {
		BPF_ST_MEM(BPF_W, BPF_REG_10, -4, 0),
		BPF_MOV64_IMM(BPF_REG_6, 0),
		BPF_LD_MAP_FD(BPF_REG_7, map),
		/* r8 = bpf_map_lookup_elem(map, r10 - 4) */
		BPF_MOV64_REG(BPF_REG_1, BPF_REG_7),
		BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -4),
		BPF_EMIT_CALL(BPF_FUNC_map_lookup_elem),
		BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, 10),
		BPF_MOV64_REG(BPF_REG_8, BPF_REG_0),
		/* bpf_map_update_elem(map, r10 - 4, r8, 0), so many times */
		BPF_MOV64_REG(BPF_REG_1, BPF_REG_7),
		BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -4),
		BPF_MOV64_REG(BPF_REG_3, BPF_REG_8),
		BPF_MOV64_IMM(BPF_REG_4, 0),
		BPF_EMIT_CALL(BPF_FUNC_map_update_elem),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_6, 1),
		BPF_JMP_IMM(BPF_JLT, BPF_REG_6, COPIES, -8),
		BPF_MOV64_REG(BPF_REG_0, BPF_REG_6),
		BPF_EXIT_INSN(),
	};
	union bpf_attr attr = to_load(insns, sizeof(insns) / sizeof(*insns));

	attr.log_buf = (unsigned long)verifier_log;
	attr.log_size = sizeof(verifier_log);
	attr.log_level = 4;
	return bpf(BPF_PROG_LOAD, &attr);
}

static int load(const struct nest *nest)
{
	return load_nest(nest, verifier_log, sizeof(verifier_log));
}

/* One line: what the verifier walked, the answer of one run, and the time that it took. */
static int show(const char *name, int fd)
{
	const char *walked = strstr(verifier_log, "processed ");
	double start;
	__u32 turns;

	if (fd < 0 || !walked) {
		printf("%-44s %s\n%s", name, strerrorname_np(errno), verifier_log);
		return 1;
	}

	start = now();
	if (test_run(fd, 0, 1, &turns)) {
		printf("%-44s %s\n", name, strerrorname_np(errno));
		return 1;
	}
	printf("%-44s %8d %12u %8.2f s\n", name, atoi(walked + 10), turns, now() - start);
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct nest one = { 1, 100000, GLOBAL_FUNCTIONS };
	static const struct nest three = { 3, 500, GLOBAL_FUNCTIONS };
	static const struct nest loops = { 3, 8192, BPF_LOOPS };

	printf("%-44s %8s %12s %10s\n", "program", "walked", "turns", "ran for");
	if (argc > 1 && !strcmp(argv[1], "bpf_loop"))
		return show("bpf_loop in bpf_loop", load(&loops));

	return show("a loop", load(&one)) |
	       show("a loop that copies 16 MB", load_copies()) |
	       show("global functions in each other's loops", load(&three));
}
