// SPDX-License-Identifier: GPL-2.0-only
/* moved: add 42 on kernels that have the number in different places of the context. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

SEC("oreore")
int moved(struct bpf_oreore *ctx)
{
	return ctx->value + 42;
}

char LICENSE[] SEC("license") = "GPL";
