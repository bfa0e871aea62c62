// SPDX-License-Identifier: GPL-2.0-only
/* asked: answer with the times that were asked, by a counter that a module owns. */
#include "kfuncs.h"

SEC("oreore")
int asked(struct bpf_oreore *ctx)
{
	struct oreore_name name = { "asked" };
	struct oreore_counter *counter = oreore_counter_get(&name);
	__u32 times;

	if (!counter) {
		ctx->error = 2;		/* ENOENT */
		return 0;
	}
	times = oreore_counter_add(counter, 1);
	oreore_counter_put(counter);
	return times;
}

char LICENSE[] SEC("license") = "GPL";
