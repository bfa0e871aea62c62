// SPDX-License-Identifier: GPL-2.0-only
/* ops FILE COMMAND: register the struct that an object fills, while a command runs. */
#include "object.h"

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_link *link;
	struct bpf_map *map;

	if (argc != 3) {
		fprintf(stderr, "usage: ops FILE COMMAND\n");
		return 2;
	}

	setvbuf(stdout, NULL, _IONBF, 0);	/* both streams in the order of what is said */
	libbpf_set_print(say);
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object))
		return 1;

	map = bpf_object__next_map(object, NULL);
	link = bpf_map__attach_struct_ops(map);
	if (!link) {
		fprintf(stderr, "register: %s\n", strerror(errno));
		return 1;
	}
	run_command(argv[2], NULL);
	bpf_link__destroy(link);
	bpf_object__close(object);
	return 0;
}
