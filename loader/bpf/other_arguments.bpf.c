// SPDX-License-Identifier: GPL-2.0-only
/* other_arguments: declare a function otherwise than the kernel has it. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern __u32 bpf_oreore_ppid(struct bpf_oreore *ctx, __u32 generations) __ksym;

SEC("oreore")
int other_arguments(struct bpf_oreore *ctx)
{
	return bpf_oreore_ppid(ctx, 2);
}

char LICENSE[] SEC("license") = "GPL";
