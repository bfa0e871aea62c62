// SPDX-License-Identifier: GPL-2.0-only
/* oreore_loader: load a program that adds 42 to a number, and attach it to the kernel's oreore hook. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

static const struct bpf_insn insns[] = {
	/* r0 = *(u32 *)(r1 + 0) */
	{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_1, .off = 0 },
	/* w0 += 42 */
	{ .code = BPF_ALU | BPF_ADD | BPF_K, .dst_reg = BPF_REG_0, .imm = 42 },
	/* exit */
	{ .code = BPF_JMP | BPF_EXIT },
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

static int attach_new(void)
{
	int fd = load_add_42(), err;

	if (fd < 0) {
		fprintf(stderr, "load: %s\n%s", strerror(-fd), verifier_log);
		return 1;
	}
	printf("loaded a program of type %d\n", BPF_PROG_TYPE_OREORE);

	err = bpf_prog_attach(fd, 0, BPF_OREORE_ATTACH, 0);
	close(fd);
	if (err) {
		fprintf(stderr, "attach: %s\n", strerror(-err));
		return 1;
	}
	printf("attached it with attach type %d\n", BPF_OREORE_ATTACH);
	return 0;
}

static int detach_current(void)
{
	__u32 id = 0, count = 1;
	int fd, err;

	err = bpf_prog_query(0, BPF_OREORE_ATTACH, 0, NULL, &id, &count);
	if (!err && !count)
		err = -ENOENT;
	if (err) {
		fprintf(stderr, "query: %s\n", strerror(-err));
		return 1;
	}

	fd = bpf_prog_get_fd_by_id(id);
	if (fd < 0) {
		fprintf(stderr, "program %u: %s\n", id, strerror(-fd));
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
