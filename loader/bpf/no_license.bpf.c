// SPDX-License-Identifier: GPL-2.0-only
/* no_license: call a helper that is for programs under the GPL, without saying so. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("oreore")
int no_license(struct bpf_oreore *ctx)
{
	bpf_printk("asked: %u", ctx->value);
	return 0;
}
