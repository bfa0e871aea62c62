/* SPDX-License-Identifier: GPL-2.0-only */
/* What the program count and its loader both know. */
#ifndef COUNT_H
#define COUNT_H

#include <linux/types.h>

struct record {
	__u32 tgid;	/* who asked */
	__u32 value;
	__u32 answer;
};

#endif /* COUNT_H */
