// SPDX-License-Identifier: GPL-2.0-only
/* The same oreore program, run under different protection. Not all of it is enough. */
#include <linux/bpf.h>
#include <linux/bpf_oreore.h>
#include <linux/filter.h>
#include <linux/mutex.h>

#include "bench.h"

static DEFINE_MUTEX(prog_mutex);

/* The program can't be freed, but may be moved to another CPU. */
static s64 rcu_run(u32 value)
{
	struct bpf_oreore_kern ctx = { .task = current, .value = value };
	struct bpf_prog *prog;
	s64 answer = -ENOENT;

	rcu_read_lock();
	prog = rcu_dereference(bench_prog);
	if (prog)
		answer = bpf_prog_run(prog, &ctx);
	rcu_read_unlock();
	return answer;
}

WAY(rcu, rcu_run);

/* It can't be moved or freed, but lockdep, and the helpers for maps with it, see no RCU section. */
static s64 preempt_run(u32 value)
{
	struct bpf_oreore_kern ctx = { .task = current, .value = value };
	struct bpf_prog *prog;
	s64 answer = -ENOENT;

	preempt_disable();
	prog = rcu_dereference_sched(bench_prog);
	if (prog)
		answer = bpf_prog_run(prog, &ctx);
	preempt_enable();
	return answer;
}

WAY(preempt, preempt_run);

static s64 rcu_preempt_run(u32 value)
{
	struct bpf_oreore_kern ctx = { .task = current, .value = value };
	struct bpf_prog *prog;
	s64 answer = -ENOENT;

	rcu_read_lock();
	preempt_disable();
	prog = rcu_dereference(bench_prog);
	if (prog)
		answer = bpf_prog_run(prog, &ctx);
	preempt_enable();
	rcu_read_unlock();
	return answer;
}

WAY(rcu_preempt, rcu_preempt_run);

static s64 rcu_migrate_run(u32 value)
{
	struct bpf_oreore_kern ctx = { .task = current, .value = value };
	struct bpf_prog *prog;
	s64 answer = -ENOENT;

	rcu_read_lock();
	prog = rcu_dereference(bench_prog);
	if (prog)
		answer = bpf_prog_run_pin_on_cpu(prog, &ctx);
	rcu_read_unlock();
	return answer;
}

WAY(rcu_migrate, rcu_migrate_run);

/* What RCU is there to avoid: all CPUs wait for one. */
static s64 mutex_run(u32 value)
{
	struct bpf_oreore_kern ctx = { .task = current, .value = value };
	struct bpf_prog *prog;
	s64 answer = -ENOENT;

	mutex_lock(&prog_mutex);
	prog = rcu_dereference_protected(bench_prog, lockdep_is_held(&prog_mutex));
	if (prog)
		answer = bpf_prog_run_pin_on_cpu(prog, &ctx);
	mutex_unlock(&prog_mutex);
	return answer;
}

WAY(mutex, mutex_run);
