// SPDX-License-Identifier: GPL-2.0-only
/* newest: whoever came last goes first. */
#include "turn.h"

SEC("struct_ops/before")
int BPF_PROG(newest_first, struct turn_waiter *one, struct turn_waiter *other)
{
	return 1;
}

ADVICE newest = { .before = (void *)newest_first };

char LICENSE[] SEC("license") = "GPL";
