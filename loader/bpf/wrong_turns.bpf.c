// SPDX-License-Identifier: GPL-2.0-only
/* wrong_turns: programs that do what they may not, or what nobody should. */
#include "turn.h"

SEC("struct_ops/before")
int BPF_PROG(writes, struct turn_waiter *one, struct turn_waiter *other)
{
	one->passed = 16;
	return 0;
}

SEC("struct_ops/before")
int BPF_PROG(promotes, struct turn_waiter *one, struct turn_waiter *other)
{
	one->task->static_prio = 100;
	return 0;
}

SEC("struct_ops/before")
int BPF_PROG(third, struct turn_waiter *one, struct turn_waiter *other,
	     struct turn_waiter *third)
{
	return third->passed;
}

SEC("struct_ops/before")
int BPF_PROG(for_ever, struct turn_waiter *one, struct turn_waiter *other)
{
	for (;;)
		barrier();
}

SEC("struct_ops.s/before")
int BPF_PROG(sleeper, struct turn_waiter *one, struct turn_waiter *other)
{
	return 0;
}

ADVICE writes_ops = { .before = (void *)writes };
ADVICE promotes_ops = { .before = (void *)promotes };
ADVICE third_ops = { .before = (void *)third };
ADVICE for_ever_ops = { .before = (void *)for_ever };
ADVICE sleeper_ops = { .before = (void *)sleeper };
ADVICE nothing_ops = {};

char LICENSE[] SEC("license") = "GPL";
