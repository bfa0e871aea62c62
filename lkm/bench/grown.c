// SPDX-License-Identifier: GPL-2.0-only
/* The hook as it was once, with the protection that it has now. */
#include <linux/bpf.h>
#include <linux/bpf_oreore.h>
#include <linux/errno.h>
#include <linux/filter.h>

#include "bench.h"

static __always_inline s64 protected_run(const void *ctx)
{
	struct bpf_prog *prog;
	s64 answer = -ENOENT;

	rcu_read_lock();
	preempt_disable();
	prog = rcu_dereference(bench_prog);
	if (prog)
		answer = bpf_prog_run(prog, ctx);
	preempt_enable();
	rcu_read_unlock();
	return answer;
}

/*
 * The context is a number and nothing else. Programs look for it where the struct has it, so they
 * get an address that is as much lower.
 */
static s64 number_run(u32 value)
{
	return protected_run((void *)&value - offsetof(struct bpf_oreore_kern, value));
}

WAY(number, number_run);

/* The struct, and the error that a program may leave in it. */
static s64 error_run(u32 value)
{
	struct bpf_oreore_kern ctx = { .task = current, .value = value };
	s64 answer = protected_run(&ctx);

	if (unlikely(ctx.error))
		return ctx.error < ERESTARTSYS ? -(s64)ctx.error : -EINVAL;
	return answer;
}

WAY(error, error_run);
