// SPDX-License-Identifier: GPL-2.0-only
/* wrong_ops: programs that do with their argument what they may, and what they may not. */
#include "ops.h"

#define FILL_WITH(PROGRAM)						\
	SEC(".struct_ops")						\
	struct oreore_ops PROGRAM##_ops = { .answer = (void *)PROGRAM }

/* As if a later kernel had one more field. */
struct bpf_oreore_kern___later {
	__u32 uid;
} __attribute__((preserve_access_index));

SEC("struct_ops/answer")
__u32 BPF_PROG(who_asks, struct bpf_oreore_kern *asked)
{
	return asked->task->tgid;
}

SEC("struct_ops/answer")
__u32 BPF_PROG(refuse, struct bpf_oreore_kern *asked)
{
	asked->error = 33;	/* EDOM */
	return 0;
}

SEC("struct_ops/answer")
__u32 BPF_PROG(no_such_field, struct bpf_oreore_kern___later *asked)
{
	return asked->uid;
}

SEC("struct_ops/answer")
__u32 BPF_PROG(behind_the_end, struct bpf_oreore_kern *asked)
{
	return ((__u32 *)asked)[4];
}

SEC("struct_ops/answer")
__u32 BPF_PROG(write_value, struct bpf_oreore_kern *asked)
{
	asked->value = 1;
	return 0;
}

SEC("struct_ops/answer")
__u32 BPF_PROG(write_task, struct bpf_oreore_kern *asked)
{
	asked->task->tgid = 1;
	return 0;
}

SEC("struct_ops/answer")
__u32 BPF_PROG(takes_two, struct bpf_oreore_kern *asked, __u32 more)
{
	return asked->value + more;
}

SEC("struct_ops/answer")
__u32 BPF_PROG(takes_a_number, __u32 value)
{
	return value + 42;
}

SEC("struct_ops/answer")
__u32 write_arguments(__u64 *arguments)
{
	arguments[0] = 0;
	return 0;
}

SEC("struct_ops/answer")
void *BPF_PROG(an_address, struct bpf_oreore_kern *asked)
{
	return asked;
}

SEC("struct_ops/answer")
__u32 BPF_PROG(not_for_us, struct bpf_oreore_kern *asked)
{
	return bpf_get_current_pid_tgid();
}

FILL_WITH(who_asks);
FILL_WITH(refuse);
FILL_WITH(no_such_field);
FILL_WITH(behind_the_end);
FILL_WITH(write_value);
FILL_WITH(write_task);
FILL_WITH(takes_two);
FILL_WITH(takes_a_number);
FILL_WITH(write_arguments);
FILL_WITH(an_address);
FILL_WITH(not_for_us);

SEC(".struct_ops")
struct oreore_ops nothing_ops = {};

char LICENSE[] SEC("license") = "GPL";
