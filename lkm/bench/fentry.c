// SPDX-License-Identifier: GPL-2.0-only
/* Without a patch: a program at a function's entry, which answers by a kfunc of ours. */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/module.h>

#include "bench.h"

static u32 answer;	/* one for all: enough to measure, not to be used by two writers */

__diag_push();
__diag_ignore_all("-Wmissing-prototypes", "It is called through its BTF id");

noinline void oreore_answer(u32 value)
{
	WRITE_ONCE(answer, value);
}

noinline void oreore_ask(u32 value)
{
	barrier();	/* so that calls to it stay, though it is empty */
}

__diag_pop();

static s64 fentry_run(u32 value)
{
	oreore_ask(value);
	return READ_ONCE(answer);
}

WAY(fentry, fentry_run);

BTF_SET8_START(bench_kfunc_ids)
BTF_ID_FLAGS(func, oreore_answer)
BTF_SET8_END(bench_kfunc_ids)

static const struct btf_kfunc_id_set bench_kfuncs = {
	.owner = THIS_MODULE,
	.set = &bench_kfunc_ids,
};

int register_answer(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_TRACING, &bench_kfuncs);
}
