/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions that oreore programs may call: the kernel's own, and those of oreore_counters. */
#ifndef KFUNCS_H
#define KFUNCS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern __u32 bpf_oreore_ppid(struct bpf_oreore *ctx) __ksym;

struct oreore_name {
	char text[16];
} __attribute__((aligned(8)));	/* so that it is copied by words, not by bytes */

/* Of the module's struct, what programs read; the rest is its own. */
struct oreore_counter {
	struct oreore_counter *next;
} __attribute__((preserve_access_index));

extern struct oreore_counter *oreore_counter_get(const struct oreore_name *name) __ksym;
extern __u64 oreore_counter_add(struct oreore_counter *counter, __u64 number) __ksym;
extern void oreore_counter_put(struct oreore_counter *counter) __ksym;

#endif /* KFUNCS_H */
