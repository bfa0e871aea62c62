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
		STORE_IMM(BPF_W, R10, -4, 0),
		SET(BPF_REG_6, 0),
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = BPF_REG_7,
		  .src_reg = BPF_PSEUDO_MAP_FD, .imm = map },
		{ 0 },
		/* r8 = bpf_map_lookup_elem(map, r10 - 4) */
		MOV(R1, BPF_REG_7),
		MOV(BPF_REG_2, R10),
		ADD(BPF_REG_2, -4),
		CALL(BPF_FUNC_map_lookup_elem),
		JEQ(R0, 0, 10),
		MOV(BPF_REG_8, R0),
		/* bpf_map_update_elem(map, r10 - 4, r8, 0), so many times */
		MOV(R1, BPF_REG_7),
		MOV(BPF_REG_2, R10),
		ADD(BPF_REG_2, -4),
		MOV(BPF_REG_3, BPF_REG_8),
		SET(BPF_REG_4, 0),
		CALL(BPF_FUNC_map_update_elem),
		ADD(BPF_REG_6, 1),
		JLT(BPF_REG_6, COPIES, -8),
		MOV(R0, BPF_REG_6),
		EXIT(),
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
