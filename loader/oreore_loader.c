// SPDX-License-Identifier: GPL-2.0-only
/* oreore_loader: load a program that adds 42 to a number, and attach it to the oreore hook. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "insn.h"

#define TRIES	10

static const struct bpf_insn insns[] = {
	BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_1, 0),	/* r0 = *(u32 *)(r1 + 0) */
	BPF_ALU32_IMM(BPF_ADD, BPF_REG_0, 42),		/* w0 += 42 */
	BPF_EXIT_INSN(),				/* exit */
};

static char verifier_log[16384];

static int load_add_42(void)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options,
		    .expected_attach_type = BPF_OREORE_ATTACH,
		    .log_buf = verifier_log, .log_size = sizeof(verifier_log), .log_level = 1);

	return bpf_prog_load(BPF_PROG_TYPE_OREORE, "add_42", "GPL", insns,
			     sizeof(insns) / sizeof(*insns), &options);
}

/* A descriptor of the attached program; -ENOENT where there is none. */
static int attached_fd(void)
{
	__u32 id = 0, count = 1;
	int err = bpf_prog_query(0, BPF_OREORE_ATTACH, 0, NULL, &id, &count);

	if (err)
		return err;
	return count ? bpf_prog_get_fd_by_id(id) : -ENOENT;
}

/* Attach a program, in place of the one that is there; look again if somebody was faster. */
static int attach(int fd, bool *replaced)
{
	int err = 0;

	for (int tries = 0; tries < TRIES; tries++) {
		int old = attached_fd();

		LIBBPF_OPTS(bpf_prog_attach_opts, options);
		if (old < 0 && old != -ENOENT)
			return old;
		*replaced = old >= 0;
		if (*replaced) {
			options.flags = BPF_F_REPLACE;
			options.replace_prog_fd = old;
		}

		err = bpf_prog_attach_opts(fd, 0, BPF_OREORE_ATTACH, &options);
		if (*replaced)
			close(old);
		if (err != -EEXIST && err != -ENOENT)
			break;
	}
	return err;
}

static int attach_new(void)
{
	int fd = load_add_42(), err;
	bool replaced;

	if (fd < 0) {
		fprintf(stderr, "load: %s\n%s", strerror(-fd), verifier_log);
		return 1;
	}
	printf("loaded a program of type %d\n", BPF_PROG_TYPE_OREORE);

	err = attach(fd, &replaced);
	close(fd);
	if (err) {
		fprintf(stderr, "attach: %s\n", strerror(-err));
		return 1;
	}
	printf("attached it with attach type %d%s\n", BPF_OREORE_ATTACH,
	       replaced ? ", in place of another program" : "");
	return 0;
}

static int detach_current(void)
{
	int fd = attached_fd(), err;

	if (fd < 0) {
		fprintf(stderr, "query: %s\n", strerror(-fd));
		return 1;
	}

	err = bpf_prog_detach2(fd, 0, BPF_OREORE_ATTACH);
	close(fd);
	if (err) {
		fprintf(stderr, "detach: %s\n", strerror(-err));
		return 1;
	}
	printf("detached the program\n");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return attach_new();
	if (argc == 2 && !strcmp(argv[1], "--detach"))
		return detach_current();

	fprintf(stderr, "usage: oreore_loader           load the program and attach it\n"
			"       oreore_loader --detach  detach the program that is attached\n");
	return 2;
}
