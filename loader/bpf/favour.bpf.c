// SPDX-License-Identifier: GPL-2.0-only
/* favour: everybody in turn, and a hare for ten times as long. */
#include "scheduler.h"

#define TURN	10000000ULL	/* nanoseconds */

SEC("struct_ops/enqueue")
void BPF_PROG(favour_enqueue, struct task_struct *task, __u64 flags)
{
	__u64 slice = is_named(task, "hare") ? 10 * TURN : TURN;

	scx_bpf_dispatch(task, SCX_DSQ_GLOBAL, slice, flags);
}

/* How often tasks of each name were given a processor. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, char[16]);
	__type(value, __u64);
} turns SEC(".maps");

SEC("struct_ops/running")
void BPF_PROG(favour_running, struct task_struct *task)
{
	__u64 *count, one = 1;
	char name[16];

	__builtin_memcpy(name, task->comm, sizeof(name));
	count = bpf_map_lookup_elem(&turns, name);
	if (count)
		++*count;
	else
		bpf_map_update_elem(&turns, name, &one, BPF_ANY);
}

SCHEDULER favour = {
	.enqueue = (void *)favour_enqueue,
	.running = (void *)favour_running,
	.name = "favour",
};

char LICENSE[] SEC("license") = "GPL";
