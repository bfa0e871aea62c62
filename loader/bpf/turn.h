/* SPDX-License-Identifier: GPL-2.0-only */
/* What programs have to know of the module turn_ops. */
#ifndef TURN_H
#define TURN_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define ADVICE	SEC(".struct_ops.link") struct turn_ops

struct task_struct {
	int static_prio;	/* 100 to 139: 120, and the nice value */
} __attribute__((preserve_access_index));

struct turn_waiter {
	struct task_struct *task;
	__u64 since;
	__u32 passed;
} __attribute__((preserve_access_index));

struct turn_ops {
	int (*before)(struct turn_waiter *one, struct turn_waiter *other);
};

#endif /* TURN_H */
