// SPDX-License-Identifier: GPL-2.0-only
/* urgent: whoever is less nice goes first. */
#include "turn.h"

SEC("struct_ops/before")
int BPF_PROG(urgent_first, struct turn_waiter *one, struct turn_waiter *other)
{
	return one->task->static_prio < other->task->static_prio;
}

ADVICE urgent = { .before = (void *)urgent_first };

char LICENSE[] SEC("license") = "GPL";
