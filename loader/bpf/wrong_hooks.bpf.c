// SPDX-License-Identifier: GPL-2.0-only
/* wrong_hooks: programs for the module that do what they may not, or say what they should not. */
#include "module.h"

SEC("fmod_ret/oreore_last_answer")
int BPF_PROG(for_another)
{
	return 1;
}

SEC("fmod_ret/oreore_may_ask")
int BPF_PROG(calls, struct bpf_oreore_kern *asked)
{
	return oreore_last_answer();
}

SEC("fmod_ret/oreore_may_ask")
int BPF_PROG(says_5, struct bpf_oreore_kern *asked)
{
	return 5;
}

SEC("fmod_ret/oreore_may_ask")
int BPF_PROG(says_erestartsys, struct bpf_oreore_kern *asked)
{
	return -512;
}

SEC("struct_ops/answer")
__u32 BPF_PROG(five, struct bpf_oreore_kern *asked)
{
	return 5;
}

SEC("struct_ops/answer")
__u32 BPF_PROG(six, struct bpf_oreore_kern *asked)
{
	return 6;
}

SEC("struct_ops/answer")
__u32 BPF_PROG(refuser, struct bpf_oreore_kern *asked)
{
	oreore_refuse(asked, 33);	/* EDOM */
	return 0;
}

SEC("struct_ops.s/answer")
__u32 BPF_PROG(sleeper, struct bpf_oreore_kern *asked)
{
	return 7;
}

OPS five_ops = { .answer = (void *)five };
OPS six_ops = { .answer = (void *)six };
OPS refuser_ops = { .answer = (void *)refuser };
OPS sleeper_ops = { .answer = (void *)sleeper };
OPS nothing_ops = {};

char LICENSE[] SEC("license") = "GPL";
