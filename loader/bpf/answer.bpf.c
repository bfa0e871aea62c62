// SPDX-License-Identifier: GPL-2.0-only
/* answer: the talk's program once more, as a function of a struct of the kernel's. */
#include "ops.h"

SEC("struct_ops/answer")
__u32 BPF_PROG(add_42, struct bpf_oreore_kern *asked)
{
	return asked->value + 42;
}

SEC(".struct_ops")
struct oreore_ops add_42_ops = {
	.answer = (void *)add_42,
};

char LICENSE[] SEC("license") = "GPL";
