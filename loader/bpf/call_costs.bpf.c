// SPDX-License-Identifier: GPL-2.0-only
/* call_costs: programs that differ in what they call. */
#include "kfuncs.h"

SEC("oreore")
int number(struct bpf_oreore *ctx)
{
	return ctx->value;
}

SEC("oreore")
int field(struct bpf_oreore *ctx)
{
	return ctx->tgid;
}

SEC("oreore")
int kfunc(struct bpf_oreore *ctx)
{
	return bpf_oreore_ppid(ctx);
}

SEC("oreore")
int three_kfuncs(struct bpf_oreore *ctx)
{
	struct oreore_name name = { "asked" };
	struct oreore_counter *counter = oreore_counter_get(&name);
	__u32 times;

	if (!counter)
		return 0;
	times = oreore_counter_add(counter, 1);
	oreore_counter_put(counter);
	return times;
}

char LICENSE[] SEC("license") = "GPL";
