// SPDX-License-Identifier: GPL-2.0-only
/*
 * count_runs WRITES FILE...: attach a program that counts its runs in three kinds of maps and adds 42, then write to
 * each file so often, and print what the maps hold. Helpers for maps look closely at who calls them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include <bpf/bpf.h>

#include "attach.h"
#include "progs.h"

#define MOST_CPUS 64

static char verifier_log[16384];

static const struct {
	const char *name;
	enum bpf_map_type type;
} kinds[] = {
	{ "array", BPF_MAP_TYPE_ARRAY },
	{ "hash", BPF_MAP_TYPE_HASH },
	{ "per-CPU array", BPF_MAP_TYPE_PERCPU_ARRAY },
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static int checked(int ret, const char *what)
{
	if (ret < 0) {
		fprintf(stderr, "count_runs: %s: %s\n%s", what, strerror(errno), verifier_log);
		exit(1);
	}
	return ret;
}

/* A map with one element: its key is 0, its value a count. */
static int new_map(enum bpf_map_type type)
{
	static const __u64 none[MOST_CPUS];
	const __u32 key = 0;
	int fd = checked(bpf_map_create(type, NULL, sizeof(key), sizeof(__u64), 1, NULL), "map");

	checked(bpf_map_update_elem(fd, &key, none, BPF_ANY), "map");
	return fd;
}

static int load(const int *maps)
{
	struct bpf_insn insns[64] = {
		LOAD(BPF_W, BPF_REG_6, R1, 0),
		{ .code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = BPF_REG_10, .off = -4, .imm = 0 },
	};
	const struct bpf_insn end[] = { MOV(R0, BPF_REG_6), ADD32(R0, 42), EXIT() };
	size_t length = 2;

	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_OREORE_ATTACH,
		    .log_buf = verifier_log, .log_size = sizeof(verifier_log));

	for (size_t i = 0; i < KINDS; i++) {
		const struct bpf_insn count[] = {
			/* r1 = the map; r2 = the key's address */
			{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = R1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = maps[i] },
			{ 0 },
			MOV(BPF_REG_2, BPF_REG_10),
			{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_2, .imm = -4 },
			CALL(BPF_FUNC_map_lookup_elem),
			/* if it is there, count */
			{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = R0, .imm = 0, .off = 2 },
			SET(R1, 1),
			{ .code = BPF_STX | BPF_ATOMIC | BPF_DW, .dst_reg = R0, .src_reg = R1, .imm = BPF_ADD },
		};

		memcpy(insns + length, count, sizeof(count));
		length += sizeof(count) / sizeof(*count);
	}
	memcpy(insns + length, end, sizeof(end));
	length += sizeof(end) / sizeof(*end);
	return checked(bpf_prog_load(BPF_PROG_TYPE_OREORE, "count_runs", "GPL", insns, length, &options), "load");
}

static void write_often(const char *path, int writes)
{
	int fd = checked(open(path, O_WRONLY), path);

	while (writes--)
		checked(pwrite(fd, "1\n", 2, 0), path);
	close(fd);
}

static __u64 count_in(int map)
{
	__u64 counts[MOST_CPUS] = { 0 }, sum = 0;
	const __u32 key = 0;

	checked(bpf_map_lookup_elem(map, &key, counts), "map");
	for (int i = 0; i < MOST_CPUS; i++)
		sum += counts[i];
	return sum;
}

int main(int argc, char **argv)
{
	int writes = argc > 2 ? atoi(argv[1]) : 0;
	int maps[KINDS], prog;
	FILE *bench;

	if (writes < 1) {
		fprintf(stderr, "usage: count_runs WRITES FILE...\n");
		return 2;
	}

	for (size_t i = 0; i < KINDS; i++)
		maps[i] = new_map(kinds[i].type);
	prog = load(maps);
	checked(attach_in_place(prog), "attach");
	bench = fopen("/sys/oreore_bench/prog", "w");
	if (bench) {
		fprintf(bench, "%d\n", prog);
		fclose(bench);
	}

	for (int i = 2; i < argc; i++)
		write_often(argv[i], writes);
	for (size_t i = 0; i < KINDS; i++)
		printf("%s: %llu\n", kinds[i].name, count_in(maps[i]));
	return 0;
}
