// SPDX-License-Identifier: GPL-2.0-only
/* three: programs that can follow one another. */
#include "module.h"

SEC("struct_ops/answer")
__u32 BPF_PROG(add_42, struct bpf_oreore_kern *asked)
{
	return asked->value + 42;
}

SEC("struct_ops/answer")
__u32 BPF_PROG(twice, struct bpf_oreore_kern *asked)
{
	return asked->value * 2;
}

SEC("struct_ops/answer")
__u32 BPF_PROG(add_up, struct bpf_oreore_kern *asked)
{
	return asked->value + oreore_last_answer();
}

OPS add_42_ops = { .answer = (void *)add_42 };
OPS twice_ops = { .answer = (void *)twice };
OPS add_up_ops = { .answer = (void *)add_up };

char LICENSE[] SEC("license") = "GPL";
