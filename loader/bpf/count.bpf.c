// SPDX-License-Identifier: GPL-2.0-only
/* count: add a number that the loader chooses, and keep a record of who asked for what. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "count.h"

const volatile __u32 addend;	/* .rodata: fixed when the program is loaded */
__u32 limit = 100;		/* .data: may be changed while it runs */
__u64 refused;			/* .bss: begins as 0 */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 64);
} asked_by SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(value_size, sizeof(struct record));
	__uint(max_entries, 8);
} records SEC(".maps");

SEC("oreore")
int count(struct bpf_oreore *ctx)
{
	struct record record = { .tgid = ctx->tgid, .value = ctx->value };
	__u64 one = 1, *times;

	if (ctx->value > limit) {
		__sync_fetch_and_add(&refused, 1);
		ctx->error = 33;	/* EDOM */
		return 0;
	}

	record.answer = ctx->value + addend;
	bpf_map_push_elem(&records, &record, BPF_EXIST);

	times = bpf_map_lookup_elem(&asked_by, &record.tgid);
	if (times)
		__sync_fetch_and_add(times, 1);
	else
		bpf_map_update_elem(&asked_by, &record.tgid, &one, BPF_NOEXIST);
	return record.answer;
}

char LICENSE[] SEC("license") = "GPL";
