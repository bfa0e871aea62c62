// SPDX-License-Identifier: GPL-2.0-only
/* limit: nobody may ask for more than 1000. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

SEC("fmod_ret/oreore_may_ask")
int BPF_PROG(limit, __u32 value)
{
	return value > 1000 ? -34 : 0;	/* ERANGE */
}

char LICENSE[] SEC("license") = "GPL";
