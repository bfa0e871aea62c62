// SPDX-License-Identifier: GPL-2.0-only
/* table: look the answer up. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__u32 answers[4] = { 43, 44, 45, 46 };

SEC("oreore")
int table(struct bpf_oreore *ctx)
{
	__u32 number = ctx->value;

	if (number >= sizeof(answers) / sizeof(*answers)) {
		ctx->error = 33;	/* EDOM */
		return 0;
	}
	return answers[number];
}

char LICENSE[] SEC("license") = "GPL";
