// SPDX-License-Identifier: GPL-2.0-only
/* wrong: programs that must not be loaded, each for another reason. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

__u32 answers[4] = { 43, 44, 45, 46 };

/* What another kernel has in the struct of this name: the flavour, from ___ on, does not count. */
struct bpf_oreore___next {
	__u32 priority;
} __attribute__((preserve_access_index));

SEC("oreor")
int section(struct bpf_oreore *ctx)
{
	return ctx->value;
}

SEC("oreore")
int helper(struct bpf_oreore *ctx)
{
	return bpf_get_current_pid_tgid() >> 32;
}

SEC("oreore")
int behind(struct bpf_oreore *ctx)
{
	return ((__u32 *)ctx)[3];
}

SEC("oreore")
int store(struct bpf_oreore *ctx)
{
	ctx->value = 1;
	return 1;
}

SEC("oreore")
int wide(struct bpf_oreore *ctx)
{
	return *(volatile __u64 *)ctx;
}

SEC("oreore")
int entry(struct bpf_oreore *ctx)
{
	return answers[ctx->value];
}

SEC("oreore")
int pointer(struct bpf_oreore *ctx)
{
	struct task_struct *task = (struct task_struct *)(long)ctx->value;

	return task->tgid;
}

SEC("oreore")
int later(struct bpf_oreore *ctx)
{
	return ((struct bpf_oreore___next *)ctx)->priority;
}

SEC("oreore")
int endless(struct bpf_oreore *ctx)
{
	while (*(volatile __u32 *)&ctx->value)
		;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
