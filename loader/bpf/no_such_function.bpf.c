// SPDX-License-Identifier: GPL-2.0-only
/* no_such_function: call what no kernel and no module has. */
#include "kfuncs.h"

extern __u32 bpf_oreore_grandparent(struct bpf_oreore *ctx) __ksym;

SEC("oreore")
int no_such_function(struct bpf_oreore *ctx)
{
	return bpf_oreore_grandparent(ctx);
}

char LICENSE[] SEC("license") = "GPL";
