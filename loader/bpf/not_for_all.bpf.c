// SPDX-License-Identifier: GPL-2.0-only
/* not_for_all: a function of the kernel that is on no list. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern __u64 bpf_oreore_run(__u32 value) __ksym;

SEC("oreore")
int not_for_all(struct bpf_oreore *ctx)
{
	return bpf_oreore_run(ctx->value);
}

char LICENSE[] SEC("license") = "GPL";
