/* SPDX-License-Identifier: GPL-2.0-only */
/* What the loaders of objects share that need nothing of ours: libbpf, structs, a command. */
#ifndef COMMAND_H
#define COMMAND_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/* Run a shell command to its end, unless @meanwhile has something to do. Returns its number. */
static inline pid_t run_command(const char *command, void (*meanwhile)(void))
{
	pid_t child = fork();

	if (!child) {
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	while (child > 0 && !waitpid(child, NULL, meanwhile ? WNOHANG : 0))
		meanwhile();
	return child;
}

/* The struct that an object fills, or the first of several; or NULL. */
static inline struct bpf_map *first_struct(struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
			return map;
	return NULL;
}

/* Of the structs that an object fills, make the one of this name, and no other. */
static inline void keep_struct(struct bpf_object *object, const char *name)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
			bpf_map__set_autocreate(map, !strcmp(bpf_map__name(map), name));
}

#endif /* COMMAND_H */
