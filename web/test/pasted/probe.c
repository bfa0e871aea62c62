// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the recordings in this folder show, as each tool prints it. Its variables have the names of registers, so that
 * some of its lines are assembly as well as C. Without NUMBER it is refused: it reads beyond the end of its stack.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#ifndef NUMBER
#define NUMBER 15
#endif

static __attribute__((noinline)) int twice(int number)
{
	return number * 2;
}

SEC("socket")
int probe(struct __sk_buff *skb)
{
	volatile char stack[24] = {};
	unsigned int r0, r1;

	r0 = skb->len;
	r1 = r0 & NUMBER;
	if (r0 > 100)
		goto exit;
	r0 += bpf_get_prandom_u32() & 7;
	r0 += twice(r1);
	r0 += stack[r1 * 3];
exit:
	return r0 + 42;
}

char _license[] SEC("license") = "GPL";
