// SPDX-License-Identifier: GPL-2.0-only
/* not_13: nobody may ask for 13. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

SEC("fmod_ret/oreore_may_ask")
int BPF_PROG(not_13, __u32 value)
{
	return value == 13 ? -33 : 0;	/* EDOM */
}

char LICENSE[] SEC("license") = "GPL";
