// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlated NAME...: load programs of progs.h, and show what the verifier has made of them, in its own
 * notation. ATTACH_TYPE in the environment is the expected attach type.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "kernel/bpf/disasm.h"

#define MOST 32

static void print(void *unused, const char *format, ...)
{
	va_list args;

	(void)unused;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

static int show(const struct prog *prog)
{
	const struct bpf_insn_cbs disasm = { .cb_print = print };
	union bpf_attr attr = to_load(prog->insns, prog_len(prog));
	struct bpf_insn insns[MOST];
	struct bpf_prog_info info;
	int fd = bpf(BPF_PROG_LOAD, &attr);

	memset(&info, 0, sizeof(info));
	info.xlated_prog_insns = (unsigned long)insns;
	info.xlated_prog_len = sizeof(insns);
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (unsigned long)&info;
	if (fd < 0 || bpf(BPF_OBJ_GET_INFO_BY_FD, &attr)) {
		printf("%s: errno %d (%s)\n", prog->text, errno, strerror(errno));
		return 1;
	}
	close(fd);

	printf("%s\n", prog->text);
	for (__u32 i = 0; i < info.xlated_prog_len / sizeof(*insns); i++) {
		printf("   ");
		print_bpf_insn(&disasm, &insns[i], true);
	}
	return 0;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		const struct prog *prog = find_prog(argv[i]);

		if (prog)
			failed |= show(prog);
		else
			failed |= fprintf(stderr, "%s: see progs.h for the names\n", argv[i]) > 0;
	}
	return failed;
}
