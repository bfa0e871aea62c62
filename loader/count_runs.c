// SPDX-License-Identifier: GPL-2.0-only
/*
 * count_runs WRITES FILE...: attach a program that counts its runs in three kinds of maps and adds
 * 42, then write to each file so often, and print what the maps hold. Helpers for maps look closely
 * at who calls them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "attach.h"
#include "give.h"
#include "insn.h"

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
		BPF_LDX_MEM(BPF_W, BPF_REG_6, BPF_REG_1, 0),
		BPF_ST_MEM(BPF_W, BPF_REG_10, -4, 0),
	};
	const struct bpf_insn end[] = {
		BPF_MOV64_REG(BPF_REG_0, BPF_REG_6),
		BPF_ALU32_IMM(BPF_ADD, BPF_REG_0, 42),
		BPF_EXIT_INSN(),
	};
	size_t length = 2;

	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_OREORE_ATTACH,
		    .log_buf = verifier_log, .log_size = sizeof(verifier_log));

	for (size_t i = 0; i < KINDS; i++) {
		const struct bpf_insn count[] = {
			/* r1 = the map; r2 = the key's address */
			BPF_LD_MAP_FD(BPF_REG_1, maps[i]),
			BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),
			BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -4),
			BPF_EMIT_CALL(BPF_FUNC_map_lookup_elem),
			/* if it is there, count */
			BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, 2),
			BPF_MOV64_IMM(BPF_REG_1, 1),
			BPF_ATOMIC_OP(BPF_DW, BPF_ADD, BPF_REG_0, BPF_REG_1, 0),
		};

		memcpy(insns + length, count, sizeof(count));
		length += sizeof(count) / sizeof(*count);
	}
	memcpy(insns + length, end, sizeof(end));
	length += sizeof(end) / sizeof(*end);
	return checked(bpf_prog_load(BPF_PROG_TYPE_OREORE, "count_runs", "GPL", insns, length,
				     &options), "load");
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

	if (writes < 1) {
		fprintf(stderr, "usage: count_runs WRITES FILE...\n");
		return 2;
	}

	for (size_t i = 0; i < KINDS; i++)
		maps[i] = new_map(kinds[i].type);
	prog = load(maps);
	checked(attach_in_place(prog), "attach");
	/* The module may not be there: then the hook alone runs it. */
	if (give(prog, BENCH_PROG) && errno != ENOENT)
		checked(-1, BENCH_PROG);

	for (int i = 2; i < argc; i++)
		write_often(argv[i], writes);
	for (size_t i = 0; i < KINDS; i++)
		printf("%s: %llu\n", kinds[i].name, count_in(maps[i]));
	return 0;
}
