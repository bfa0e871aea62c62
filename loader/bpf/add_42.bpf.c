// SPDX-License-Identifier: GPL-2.0-only
/* add_42: the talk's three instructions, in C. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("oreore")
int add_42(struct bpf_oreore *ctx)
{
	return ctx->value + 42;
}

char LICENSE[] SEC("license") = "GPL";
