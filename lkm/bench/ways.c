// SPDX-License-Identifier: GPL-2.0-only
/* The same oreore program, run under different protection. Not all of it is enough. */
#include <linux/bpf.h>
#include <linux/bpf_oreore.h>
#include <linux/filter.h>
#include <linux/mutex.h>

#include "bench.h"

static struct bpf_prog __rcu *hook;
static DEFINE_MUTEX(hook_mutex);

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
	struct bpf_prog *prog = rcu_dereference_raw(hook);

	if (!prog)
		return -ENOENT;
	return bpf_prog_run(prog, &ctx);
}

WAY(bare, bare_run);

/* The program can't be freed, but may be moved to another CPU. */
static s64 rcu_run(u32 value)
{
	struct bpf_oreore_kern ctx = { .task = current, .value = value };
	struct bpf_prog *prog;
	s64 answer = -ENOENT;

	rcu_read_lock();
	prog = rcu_dereference(hook);
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
	prog = rcu_dereference_sched(hook);
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
	prog = rcu_dereference(hook);
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
	prog = rcu_dereference(hook);
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

	mutex_lock(&hook_mutex);
	prog = rcu_dereference_protected(hook, lockdep_is_held(&hook_mutex));
	if (prog)
		answer = bpf_prog_run_pin_on_cpu(prog, &ctx);
	mutex_unlock(&hook_mutex);
	return answer;
}

WAY(mutex, mutex_run);

static ssize_t prog_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	struct bpf_prog *prog = written_prog(buf, BPF_PROG_TYPE_OREORE);

	if (IS_ERR(prog))
		return PTR_ERR(prog);
	replace_prog(&hook, prog);
	return count;
}

struct kobj_attribute prog_attr = __ATTR(prog, 0200, NULL, prog_store);

void release_prog(void)
{
	replace_prog(&hook, NULL);
}
