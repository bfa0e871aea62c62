// SPDX-License-Identifier: GPL-2.0-only
/* Without a patch: a SYSCALL program, whose context may have any layout, run by the module. */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/rcupdate_trace.h>

#include "bench.h"

static struct bpf_prog __rcu *hook;

/* These programs may sleep; what protects them is RCU of their own. */
static s64 syscall_run(u32 value)
{
	struct bpf_prog *prog;
	s64 answer = -ENOENT;

	rcu_read_lock_trace();
	prog = rcu_dereference_check(hook, rcu_read_lock_trace_held());
	if (prog)
		answer = bpf_prog_run_pin_on_cpu(prog, &value);
	rcu_read_unlock_trace();
	return answer;
}

WAY(syscall, syscall_run);

static ssize_t syscall_prog_store(struct kobject *kobj, struct kobj_attribute *attr,
				  const char *buf, size_t count)
{
	struct bpf_prog *prog = written_prog(buf, BPF_PROG_TYPE_SYSCALL);

	if (IS_ERR(prog))
		return PTR_ERR(prog);
	/*
	 * The verifier doesn't know how long this context is; it says how much of it the program
	 * uses.
	 */
	if (prog->aux->max_ctx_offset > sizeof(u32)) {
		bpf_prog_put(prog);
		return -EINVAL;
	}
	replace_prog(&hook, prog);
	return count;
}

struct kobj_attribute syscall_prog_attr = __ATTR(syscall_prog, 0200, NULL, syscall_prog_store);

void release_syscall_prog(void)
{
	replace_prog(&hook, NULL);
}
