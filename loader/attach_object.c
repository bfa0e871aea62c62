// SPDX-License-Identifier: GPL-2.0-only
/*
 * attach_object [--unknown] [--log] FILE: load an object's program, and attach it, in the place
 * of any other. With --unknown libbpf is not told what our section is; with --log the verifier
 * says what it found.
 */
#include "object.h"

static char verifier_log[65536];

static int load_and_attach(struct bpf_object *object)
{
	struct bpf_program *program = bpf_object__next_program(object, NULL);
	int err = bpf_object__load(object);

	printf("%s", verifier_log);
	if (err) {
		fprintf(stderr, "load: %s\n", strerror(-err));
		return 1;
	}
	if (attach_in_place(bpf_program__fd(program))) {
		fprintf(stderr, "attach: %s\n", strerror(errno));
		return 1;
	}
	printf("attached %s, %zu instructions\n", bpf_program__name(program),
	       bpf_program__insn_cnt(program));
	return 0;
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_object_open_opts, options);
	struct bpf_object *object;
	int known = 1, ret;

	for (; argc > 2; argc--, argv++) {
		if (!strcmp(argv[1], "--unknown")) {
			known = 0;
		} else if (!strcmp(argv[1], "--log")) {
			options.kernel_log_buf = verifier_log;
			options.kernel_log_size = sizeof(verifier_log);
			options.kernel_log_level = 2;
		} else {
			break;
		}
	}
	if (argc != 2) {
		fprintf(stderr, "usage: attach_object [--unknown] [--log] FILE\n");
		return 2;
	}

	setvbuf(stdout, NULL, _IONBF, 0);	/* both streams in the order of what is said */
	libbpf_set_print(say);
	if (known && know_oreore() < 0)
		return 1;

	object = bpf_object__open_file(argv[1], &options);
	if (!object) {
		fprintf(stderr, "open: %s\n", strerror(errno));
		return 1;
	}
	ret = load_and_attach(object);
	bpf_object__close(object);
	return ret;
}
