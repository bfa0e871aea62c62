// SPDX-License-Identifier: GPL-2.0-only
/* limit: nobody may ask for more than 1000. */
#include "ops.h"

SEC("fmod_ret/oreore_may_ask")
int BPF_PROG(limit, struct bpf_oreore_kern *asked)
{
	return asked->value > 1000 ? -34 : 0;	/* ERANGE */
}

char LICENSE[] SEC("license") = "GPL";
