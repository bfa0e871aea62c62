// SPDX-License-Identifier: GPL-2.0-only
/* Ways that call something: a function in C, or an oreore program. */
#include <linux/bpf.h>
#include <linux/bpf_oreore.h>
#include <linux/filter.h>

#include "bench.h"

struct bpf_prog __rcu *bench_prog;

/* For comparison, C that is called as a program is: by a pointer, with the number's address. */
static u32 add_42(const u32 *value)
{
	return *value + 42;
}

static u32 (*function)(const u32 *value) = add_42;

static s64 called_run(u32 value)
{
	return READ_ONCE(function)(&value);
}

WAY(called, called_run);

/* None: the program could be freed, or find itself on another CPU, half way. */
static s64 bare_run(u32 value)
{
	struct bpf_oreore_kern ctx = { .task = current, .value = value };
	struct bpf_prog *prog = rcu_dereference_raw(bench_prog);

	if (!prog)
		return -ENOENT;
	return bpf_prog_run(prog, &ctx);
}

WAY(bare, bare_run);

static ssize_t prog_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	struct bpf_prog *prog = written_prog(buf, BPF_PROG_TYPE_OREORE);

	if (IS_ERR(prog))
		return PTR_ERR(prog);
	replace_prog(&bench_prog, prog);
	return count;
}

struct kobj_attribute prog_attr = __ATTR(prog, 0200, NULL, prog_store);

void release_prog(void)
{
	replace_prog(&bench_prog, NULL);
}
