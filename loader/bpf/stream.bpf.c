// SPDX-License-Identifier: GPL-2.0-only
/* stream: tell a reader of each number as it comes, by a ring buffer. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "count.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} records SEC(".maps");

SEC("oreore")
int stream(struct bpf_oreore *ctx)
{
	struct record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);

	if (!record) {
		ctx->error = 105;	/* ENOBUFS */
		return 0;
	}
	record->tgid = ctx->tgid;
	record->value = ctx->value;
	record->answer = ctx->value + 42;
	bpf_ringbuf_submit(record, 0);
	return ctx->value + 42;
}

char LICENSE[] SEC("license") = "GPL";
