// SPDX-License-Identifier: GPL-2.0-only
/* no_such_member: the struct has one function more than the kernel's. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct oreore_ops {
	__u32 (*answer)(void *asked);
	__u32 (*reply)(void *asked);
};

SEC("struct_ops/reply")
__u32 answer_1(__u64 *arguments)
{
	return 1;
}

SEC(".struct_ops")
struct oreore_ops reply_ops = {
	.reply = (void *)answer_1,
};

char LICENSE[] SEC("license") = "GPL";
