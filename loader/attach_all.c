// SPDX-License-Identifier: GPL-2.0-only
/*
 * attach_all FILE COMMAND [NAME COMMAND]...: attach all that an object has, and let a command run.
 * Then put the struct of that name in the first one's place, let a command run, and so on.
 */
#include "command.h"

static int fail(const char *what, int err)
{
	fprintf(stderr, "%s: %s\n", what, strerror(err));
	return 1;
}

/* What fills no struct. It stays until this process ends. */
static int attach_others(struct bpf_object *object)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object)
		if (bpf_program__type(program) != BPF_PROG_TYPE_STRUCT_OPS &&
		    !bpf_program__attach(program))
			return fail(bpf_program__name(program), errno);
	return 0;
}

int main(int argc, char **argv)
{
	struct bpf_link *link = NULL;
	struct bpf_object *object;
	struct bpf_map *map;

	if (argc < 3 || argc % 2 == 0) {
		fprintf(stderr, "usage: attach_all FILE COMMAND [NAME COMMAND]...\n");
		return 2;
	}

	object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object) || attach_others(object))
		return 1;

	map = first_struct(object);
	if (map) {
		link = bpf_map__attach_struct_ops(map);
		if (!link)
			return fail("register", errno);
	}
	run_command(argv[2], NULL);

	for (int i = 3; i < argc; i += 2) {
		map = bpf_object__find_map_by_name(object, argv[i]);
		if (!map || bpf_link__update_map(link, map))
			return fail(argv[i], errno);
		run_command(argv[i + 1], NULL);
	}
	bpf_link__destroy(link);
	bpf_object__close(object);
	return 0;
}
