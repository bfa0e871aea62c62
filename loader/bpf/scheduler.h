/* SPDX-License-Identifier: GPL-2.0-only */
/* What schedulers have to know of Linux 6.12; libbpf looks up the rest in the kernel that runs. */
#ifndef SCHEDULER_H
#define SCHEDULER_H

#include <stdbool.h>

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define SCX_DSQ_GLOBAL	0x8000000000000001ULL	/* the queue that all processors take tasks from */
#define SCHEDULER	SEC(".struct_ops.link") struct sched_ext_ops

struct sched_ext_entity {
	__u64 slice;				/* what is left of a turn, in nanoseconds */
} __attribute__((preserve_access_index));

struct task_struct {
	char comm[16];
	struct sched_ext_entity scx;
} __attribute__((preserve_access_index));

struct sched_ext_ops {
	void (*enqueue)(struct task_struct *task, __u64 flags);
	void (*dispatch)(int cpu, struct task_struct *before);
	void (*tick)(struct task_struct *task);
	void (*running)(struct task_struct *task);
	int (*init)(void);
	__u64 flags;
	__u32 timeout_ms;
	char name[128];
};

extern void scx_bpf_dispatch(struct task_struct *task, __u64 queue, __u64 slice,
			     __u64 flags) __ksym;
extern bool scx_bpf_consume(__u64 queue) __ksym;
extern int scx_bpf_create_dsq(__u64 queue, int node) __ksym;

static __always_inline int is_named(const struct task_struct *task, const char *name)
{
	for (unsigned int i = 0; i < sizeof(task->comm); i++) {
		if (task->comm[i] != name[i])
			return 0;
		if (!name[i])
			break;
	}
	return 1;
}

#endif /* SCHEDULER_H */
