// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two functions in .text, of which the program calls the second; the linker has to find it. With MAP there is a map
 * instead, with TWO a second program in the same section, and with CORE an offset that loaders adapt to the kernel.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __attribute__((noinline)) int thrice(int number)
{
	return number * 3;
}

static __attribute__((noinline)) int more(int number)
{
	return thrice(number) + 7;
}

#ifdef MAP
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
} counts SEC(".maps");

SEC("socket")
int several(struct __sk_buff *skb)
{
	__u32 key = 0;
	__u64 *count = bpf_map_lookup_elem(&counts, &key);

	return count ? *count + 1 : 0;
}
#elif defined(CORE)
struct oreore {
	int one, two;
} __attribute__((preserve_access_index));

SEC("socket")
int several(struct oreore *skb)
{
	return skb->two + 1;
}
#else
SEC("socket")
int several(struct __sk_buff *skb)
{
	return (more(skb->len) ^ 9) * 5 + 1;
}
#endif

#ifdef TWO
SEC("socket")
int another(struct __sk_buff *skb)
{
	return skb->len;
}
#endif

char _license[] SEC("license") = "GPL";
