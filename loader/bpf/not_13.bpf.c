// SPDX-License-Identifier: GPL-2.0-only
/* not_13: nobody may ask for 13. */
#include "ops.h"

SEC("fmod_ret/oreore_may_ask")
int BPF_PROG(not_13, struct bpf_oreore_kern *asked)
{
	return asked->value == 13 ? -33 : 0;	/* EDOM */
}

char LICENSE[] SEC("license") = "GPL";
