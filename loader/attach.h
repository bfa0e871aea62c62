/* SPDX-License-Identifier: GPL-2.0-only */
/* Attach a program, in the place of the one that is attached. */
#ifndef ATTACH_H
#define ATTACH_H

#include <errno.h>

#include "hook.h"

#define ATTACH_TRIES 10	/* so often may somebody else be faster */

/* 0, or -1 with the reason in errno. */
static inline int attach_in_place(int prog)
{
	for (int tries = 0; tries < ATTACH_TRIES; tries++) {
		__u32 id = 0;
		int count = query(&id, 0, NULL), old = -1, ret;

		if (count > 0)
			old = fd_of(id);
		if (old < 0 && count && errno != ENOENT)
			return -1;

		ret = old < 0 ? attach(prog, 0, 0, 0) : attach(prog, 0, BPF_F_REPLACE, old);
		if (old >= 0)
			close(old);
		if (!ret || (errno != EEXIST && errno != ENOENT))
			return ret;
	}
	return -1;
}

#endif /* ATTACH_H */
