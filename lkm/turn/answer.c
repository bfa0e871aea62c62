// SPDX-License-Identifier: GPL-2.0-only
/* Who goes first: struct turn_ops, filled by the module itself, or by programs. */
#include <linux/bpf.h>
#include <linux/bpf_verifier.h>
#include <linux/btf.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>

#include "ops.h"

/* Nobody goes before somebody who came earlier. */
static int own_before(struct turn_waiter *one, struct turn_waiter *other)
{
	return 0;
}

static struct turn_ops own_ops = { .before = own_before };

static const struct turn_ops __rcu *in_force = RCU_INITIALIZER(&own_ops);
static DEFINE_MUTEX(in_force_mutex);	/* held while the pointer changes */

bool turn_before(struct turn_waiter *one, struct turn_waiter *other)
{
	bool before;

	rcu_read_lock();
	before = rcu_dereference(in_force)->before(one, other);
	rcu_read_unlock();

	return before;
}

/* Only if those in force are @old. The caller of @new keeps it for a grace period after. */
static int put_in_force(const struct turn_ops *old, const struct turn_ops *new)
{
	int err = 0;

	mutex_lock(&in_force_mutex);
	if (rcu_access_pointer(in_force) == old)
		rcu_assign_pointer(in_force, new);
	else
		err = -EEXIST;
	mutex_unlock(&in_force_mutex);

	return err;
}

static int turn_ops_reg(void *kdata, struct bpf_link *link)
{
	return put_in_force(&own_ops, kdata);
}

static void turn_ops_unreg(void *kdata, struct bpf_link *link)
{
	put_in_force(kdata, &own_ops);
}

static int turn_ops_update(void *kdata, void *old_kdata, struct bpf_link *link)
{
	return put_in_force(old_kdata, kdata);
}

/* Functions are called inside an RCU section. */
static int turn_ops_check_member(const struct btf_type *t, const struct btf_member *member,
				 const struct bpf_prog *prog)
{
	return prog->sleepable ? -EINVAL : 0;
}

static int turn_ops_validate(void *kdata)
{
	const struct turn_ops *ops = kdata;

	return ops->before ? 0 : -EINVAL;
}

/* Nothing is special: a function becomes what calls its program, and all else must be zero. */
static int turn_ops_init_member(const struct btf_type *t, const struct btf_member *member,
				void *kdata, const void *udata)
{
	return 0;
}

static int turn_ops_init(struct btf *btf)
{
	return 0;
}

/* Maps, clocks, a random number. */
static const struct bpf_func_proto *
turn_ops_func_proto(enum bpf_func_id func_id, const struct bpf_prog *prog)
{
	switch (func_id) {
	case BPF_FUNC_map_lookup_elem:
	case BPF_FUNC_map_update_elem:
	case BPF_FUNC_map_delete_elem:
	case BPF_FUNC_map_push_elem:
	case BPF_FUNC_map_pop_elem:
	case BPF_FUNC_map_peek_elem:
	case BPF_FUNC_ktime_get_ns:
	case BPF_FUNC_ktime_get_boot_ns:
	case BPF_FUNC_get_prandom_u32:
	case BPF_FUNC_get_smp_processor_id:
		return bpf_base_func_proto(func_id, prog);
	default:
		return NULL;
	}
}

static bool turn_ops_is_valid_access(int off, int size, enum bpf_access_type type,
				     const struct bpf_prog *prog,
				     struct bpf_insn_access_aux *info)
{
	return bpf_tracing_btf_ctx_access(off, size, type, prog, info);
}

static const struct bpf_verifier_ops turn_ops_verifier_ops = {
	.get_func_proto		= turn_ops_func_proto,
	.is_valid_access	= turn_ops_is_valid_access,
};

static struct bpf_struct_ops turn_struct_ops = {
	.verifier_ops	= &turn_ops_verifier_ops,
	.init		= turn_ops_init,
	.init_member	= turn_ops_init_member,
	.check_member	= turn_ops_check_member,
	.validate	= turn_ops_validate,
	.reg		= turn_ops_reg,
	.unreg		= turn_ops_unreg,
	.update		= turn_ops_update,
	.cfi_stubs	= &own_ops,
	.owner		= THIS_MODULE,
	.name		= "turn_ops",
};

int turn_register_ops(void)
{
	return register_bpf_struct_ops(&turn_struct_ops, turn_ops);
}
