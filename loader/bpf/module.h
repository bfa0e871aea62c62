/* SPDX-License-Identifier: GPL-2.0-only */
/* What programs have to know of the module oreore_ops. */
#ifndef MODULE_H
#define MODULE_H

#include "ops.h"

#define OPS	SEC(".struct_ops.link") struct oreore_ops

__u32 oreore_last_answer(void)
	__ksym;
void oreore_refuse(struct bpf_oreore_kern *asked, __u32 error) __ksym;

#endif /* MODULE_H */
