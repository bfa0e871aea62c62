// SPDX-License-Identifier: GPL-2.0-only
/*
 * run_lengths LABEL LENGTH...: how long does a program of so many instructions take?
 *
 * The kernel runs each of them many times (BPF_PROG_TEST_RUN with repeat) and says how long one run
 * took on average, and that several times over. Prints lines "label,length-LENGTH,nanoseconds".
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "long_prog.h"

#define RUNS	1000
#define SAMPLES	9
#define MOST	4096

static char verifier_log[16384];

static int load(int length)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_OREORE_ATTACH,
		    .log_buf = verifier_log, .log_size = sizeof(verifier_log));
	static struct bpf_insn insns[MOST];

	make_long_prog(insns, length);
	return bpf_prog_load(BPF_PROG_TYPE_OREORE, "length", "GPL", insns, length, &options);
}

static int measure(const char *label, int length)
{
	__u32 number = 1;

	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &number, .ctx_size_in = sizeof(number),
		    .repeat = RUNS);
	int fd = load(length), err = 0;

	if (fd < 0) {
		fprintf(stderr, "run_lengths: load: %s\n%s", strerror(-fd), verifier_log);
		return 1;
	}
	for (int i = 0; i < SAMPLES && !err; i++) {
		err = bpf_prog_test_run_opts(fd, &options);
		if (!err && options.retval != number + length - 2)
			err = -EPROTO;
		if (!err)
			printf("%s,length-%d,%u\n", label, length, options.duration);
	}
	if (err)
		fprintf(stderr, "run_lengths: run: %s\n", strerror(-err));
	close(fd);
	return !!err;
}

int main(int argc, char **argv)
{
	int err = argc < 3;

	for (int i = 2; i < argc && !err; i++) {
		int length = atoi(argv[i]);

		err = length < 2 || length > MOST;
		if (!err && measure(argv[1], length))
			return 1;
	}
	if (err)
		fprintf(stderr, "usage: run_lengths LABEL LENGTH...   (each from 2 to %d)\n", MOST);
	return err ? 2 : 0;
}
