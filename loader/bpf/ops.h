/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's structs, as far as programs need them that fill one: libbpf looks up the rest. */
#ifndef OPS_H
#define OPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct task_struct {
	int tgid;
} __attribute__((preserve_access_index));

struct bpf_oreore_kern {
	struct task_struct *task;
	__u32 value;
	__u32 error;
} __attribute__((preserve_access_index));

struct oreore_ops {
	__u32 (*answer)(struct bpf_oreore_kern *asked);
};

#endif /* OPS_H */
