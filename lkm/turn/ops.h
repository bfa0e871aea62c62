/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef OPS_H
#define OPS_H

#include <linux/types.h>

struct task_struct;

/* Somebody who waits. Programs read it. */
struct turn_waiter {
	struct task_struct *task;
	u64 since;		/* nanoseconds, as bpf_ktime_get_ns() has them */
	u32 passed;		/* how many who came later went first */
};

struct turn_ops {
	/* Does @one go before @other, who came earlier? */
	int (*before)(struct turn_waiter *one, struct turn_waiter *other);
};

bool turn_before(struct turn_waiter *one, struct turn_waiter *other);
int turn_register_ops(void);

/* What somebody who has the turn may know. */
struct turn {
	u32 waited;		/* for so many turns of others */
	u32 passed;
};

/* Wait for the turn, unless somebody has it and @nonblock: then -EAGAIN. */
int turn_take(bool nonblock, struct turn *turn);
void turn_give_on(void);

#endif /* OPS_H */
