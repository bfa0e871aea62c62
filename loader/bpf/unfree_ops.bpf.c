// SPDX-License-Identifier: GPL-2.0-only
/* unfree_ops: a program that is not under the GPL. */
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

char LICENSE[] SEC("license") = "None";
