// SPDX-License-Identifier: GPL-2.0-only
/*
 * schedule FILE COMMAND [NAME...]: let the scheduler that an object has schedule while a command
 * runs; then say how often tasks of these names have been given a processor.
 */
#include "command.h"

static void print_turns(struct bpf_object *object, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, "turns");
	unsigned long long count = 0;
	char key[16] = "";

	strncpy(key, name, sizeof(key) - 1);
	bpf_map__lookup_elem(map, key, sizeof(key), &count, sizeof(count), 0);
	printf("turns of %s: %llu\n", name, count);
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_link *link;

	if (argc < 3) {
		fprintf(stderr, "usage: schedule FILE COMMAND [NAME...]\n");
		return 2;
	}

	setvbuf(stdout, NULL, _IONBF, 0);	/* both streams in the order of what is said */
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object))
		return 1;

	link = bpf_map__attach_struct_ops(first_struct(object));
	if (!link) {
		fprintf(stderr, "register: %s\n", strerror(errno));
		return 1;
	}
	run_command(argv[2], NULL);
	bpf_link__destroy(link);

	for (int i = 3; i < argc; i++)
		print_turns(object, argv[i]);
	bpf_object__close(object);
	return 0;
}
