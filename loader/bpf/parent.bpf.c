// SPDX-License-Identifier: GPL-2.0-only
/* parent: answer with the process that started whoever asks. */
#include "kfuncs.h"

SEC("oreore")
int parent(struct bpf_oreore *ctx)
{
	return bpf_oreore_ppid(ctx);
}

char LICENSE[] SEC("license") = "GPL";
