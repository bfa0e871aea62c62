/* SPDX-License-Identifier: GPL-2.0-only */
/* What the loaders of objects share: libbpf knows our section, and is heard. */
#ifndef OBJECT_H
#define OBJECT_H

#include <stdarg.h>

#include "attach.h"
#include "command.h"

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

#endif /* OBJECT_H */
