/* SPDX-License-Identifier: GPL-2.0-only */
/* What the loaders of objects share: libbpf knows our section and is heard, a command runs. */
#ifndef OBJECT_H
#define OBJECT_H

#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "attach.h"

/* Tell libbpf what SEC("oreore") means. Returns a number to take it back by, or -errno. */
static inline int know_oreore(void)
{
	return libbpf_register_prog_handler("oreore", BPF_PROG_TYPE_OREORE, BPF_OREORE_ATTACH,
					    NULL);
}

/* Of the many things that libbpf says to those who debug it, one is for us. */
static inline int say(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level == LIBBPF_DEBUG && !strstr(format, "patched insn"))
		return 0;
	return vprintf(format, args);
}

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

#endif /* OBJECT_H */
