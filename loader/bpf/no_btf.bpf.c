// SPDX-License-Identifier: GPL-2.0-only
/* no_btf: a map, of which nobody says what it is: this file is compiled without -g. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 1);
} numbers SEC(".maps");

SEC("oreore")
int no_btf(struct bpf_oreore *ctx)
{
	__u32 number = ctx->value;

	return bpf_map_lookup_elem(&numbers, &number) ? 1 : 0;
}

char LICENSE[] SEC("license") = "GPL";
