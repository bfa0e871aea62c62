// SPDX-License-Identifier: GPL-2.0-only
/* wrong_schedulers: some are refused, some thrown out, and some are right. */
#include "scheduler.h"

#define NO_SUCH_QUEUE	42

SCHEDULER plain = { .name = "plain" };
SCHEDULER other = { .name = "other" };
SCHEDULER nameless = {};
SCHEDULER blank = { .name = "a name" };
SCHEDULER patient = { .name = "patient", .timeout_ms = 31000 };
SCHEDULER flagged = { .name = "flagged", .flags = 1ULL << 63 };

SEC("struct_ops.s/enqueue")
void BPF_PROG(sleeper_enqueue, struct task_struct *task, __u64 flags)
{
}

SCHEDULER sleeper = { .name = "sleeper", .enqueue = (void *)sleeper_enqueue };

SEC("struct_ops/enqueue")
void BPF_PROG(maker_enqueue, struct task_struct *task, __u64 flags)
{
	scx_bpf_create_dsq(NO_SUCH_QUEUE, -1);
}

SCHEDULER maker = { .name = "maker", .enqueue = (void *)maker_enqueue };

SEC("struct_ops/tick")
void BPF_PROG(killer_tick, struct task_struct *task)
{
	bpf_send_signal(9);
}

SCHEDULER killer = { .name = "killer", .tick = (void *)killer_tick };

SEC("struct_ops/dispatch")
void BPF_PROG(careless_dispatch, int cpu, struct task_struct *before)
{
	before->scx.slice = 0;
}

SCHEDULER careless = { .name = "careless", .dispatch = (void *)careless_dispatch };

SEC("struct_ops/tick")
void BPF_PROG(renamer_tick, struct task_struct *task)
{
	task->comm[0] = 'x';
}

SCHEDULER renamer = { .name = "renamer", .tick = (void *)renamer_tick };

SEC("struct_ops/tick")
void BPF_PROG(hasty_tick, struct task_struct *task)
{
	task->scx.slice = 0;
}

SCHEDULER hasty = { .name = "hasty", .tick = (void *)hasty_tick };

SEC("struct_ops/init")
int BPF_PROG(refuser_init)
{
	return -12;	/* ENOMEM */
}

SCHEDULER refuser = { .name = "refuser", .init = (void *)refuser_init };

SEC("struct_ops/enqueue")
void BPF_PROG(nowhere_enqueue, struct task_struct *task, __u64 flags)
{
	scx_bpf_dispatch(task, NO_SUCH_QUEUE, 0, flags);
}

SCHEDULER nowhere = { .name = "nowhere", .enqueue = (void *)nowhere_enqueue };

SEC("struct_ops/enqueue")
void BPF_PROG(taker_enqueue, struct task_struct *task, __u64 flags)
{
	scx_bpf_consume(NO_SUCH_QUEUE);
}

SCHEDULER taker = { .name = "taker", .enqueue = (void *)taker_enqueue };

char LICENSE[] SEC("license") = "GPL";
