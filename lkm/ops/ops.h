/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef OPS_H
#define OPS_H

#include <linux/types.h>

struct task_struct;

/* What a function is given. Programs read it; to refuse, they call oreore_refuse(). */
struct bpf_oreore_kern {
	struct task_struct *task;	/* who asks */
	u32 value;
	u32 error;			/* in place of the answer, unless it is 0 */
};

struct oreore_ops {
	u32 (*answer)(struct bpf_oreore_kern *asked);
};

/* The answer of the functions in force, a u32; or the error that they have in place of one. */
s64 oreore_answer(struct bpf_oreore_kern *asked);
int oreore_register_ops(void);

/* 0, or the error for whoever may not ask. */
int oreore_may_ask(struct bpf_oreore_kern *asked);
int oreore_register_functions(void);

extern u32 oreore_last;		/* what the file answered last */

#endif /* OPS_H */
