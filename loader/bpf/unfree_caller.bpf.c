// SPDX-License-Identifier: GPL-2.0-only
/* unfree_caller: call a function of the kernel, without being under the GPL. */
#include "kfuncs.h"

SEC("oreore")
int unfree_caller(struct bpf_oreore *ctx)
{
	return bpf_oreore_ppid(ctx);
}

char LICENSE[] SEC("license") = "Proprietary";
