// SPDX-License-Identifier: GPL-2.0-only
/* forget: everybody in turn, but for the tortoise. */
#include "scheduler.h"

SEC("struct_ops/enqueue")
void BPF_PROG(forget_enqueue, struct task_struct *task, __u64 flags)
{
	if (!is_named(task, "tortoise"))
		scx_bpf_dispatch(task, SCX_DSQ_GLOBAL, 10000000, flags);
}

SCHEDULER forget = {
	.enqueue = (void *)forget_enqueue,
	.timeout_ms = 2000,
	.name = "forget",
};

char LICENSE[] SEC("license") = "GPL";
