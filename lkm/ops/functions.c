// SPDX-License-Identifier: GPL-2.0-only
/* Functions that programs may call, and one that they may answer for. */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/module.h>

#include "ops.h"

__bpf_kfunc_start_defs();

/* For programs that go on from what the file answered last. */
__bpf_kfunc u32 oreore_last_answer(void)
{
	return READ_ONCE(oreore_last);
}

/* For programs that have an error in place of an answer. */
__bpf_kfunc void oreore_refuse(struct bpf_oreore_kern *asked, u32 error)
{
	asked->error = error;
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(kfunc_ids)
BTF_ID_FLAGS(func, oreore_last_answer)
BTF_ID_FLAGS(func, oreore_refuse, KF_TRUSTED_ARGS)
BTF_KFUNCS_END(kfunc_ids)

static const struct btf_kfunc_id_set kfuncs = {
	.owner	= THIS_MODULE,
	.set	= &kfunc_ids,
};

__bpf_hook_start();

noinline int oreore_may_ask(struct bpf_oreore_kern *asked)
{
	barrier();	/* so that the compiler does not know the answer */
	return 0;
}

__bpf_hook_end();

BTF_KFUNCS_START(fmodret_ids)
BTF_ID_FLAGS(func, oreore_may_ask)
BTF_KFUNCS_END(fmodret_ids)

static const struct btf_kfunc_id_set fmodrets = {
	.owner	= THIS_MODULE,
	.set	= &fmodret_ids,
};

int oreore_register_functions(void)
{
	int err = register_btf_kfunc_id_set(BPF_PROG_TYPE_STRUCT_OPS, &kfuncs);

	return err ?: register_btf_fmodret_id_set(&fmodrets);
}
