// SPDX-License-Identifier: GPL-2.0-only
/*
 * give_prog short|long: load an oreore program that adds to its number, and give it to the files of
 * oreore_bench. "short" is the three instructions that add 42; "long" has 4,000, which all add 1.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>

#include "give.h"
#include "long_prog.h"
#include "progs.h"

static char verifier_log[16384];

static int load(const char *name, const struct bpf_insn *insns, size_t length)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_OREORE_ATTACH,
		    .log_buf = verifier_log, .log_size = sizeof(verifier_log));

	return bpf_prog_load(BPF_PROG_TYPE_OREORE, name, "GPL", insns, length, &options);
}

static int load_short(void)
{
	const struct prog *prog = find_prog("add-42");

	return load("short", prog->insns, prog_len(prog));
}

static int load_long(void)
{
	static struct bpf_insn insns[4000];

	make_long_prog(insns, 4000);
	return load("long", insns, 4000);
}

int main(int argc, char **argv)
{
	int prog;

	if (argc != 2 || (strcmp(argv[1], "short") && strcmp(argv[1], "long"))) {
		fprintf(stderr, "usage: give_prog short|long\n");
		return 2;
	}

	prog = strcmp(argv[1], "long") ? load_short() : load_long();
	if (prog < 0) {
		fprintf(stderr, "give_prog: load: %s\n%s", strerror(-prog), verifier_log);
		return 1;
	}
	if (give(prog, BENCH_PROG)) {
		fprintf(stderr, "give_prog: " BENCH_PROG ": %s\n", strerror(errno));
		return 1;
	}
	return 0;
}
