// SPDX-License-Identifier: GPL-2.0-only
/* Go wrong in the way that the parameter says, to see whether the laboratory notices. */
#include <linux/compiler.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/panic.h>
#include <linux/string.h>

static char *how = "";
module_param(how, charp, 0400);

static int __init crash_init(void)
{
	int *nowhere = NULL;

	if (!strcmp(how, "warn")) {
		WARN(1, "the test asked for it");
	} else if (!strcmp(how, "panic")) {
		panic("the test asked for it");
	} else if (!strcmp(how, "oops")) {
		OPTIMIZER_HIDE_VAR(nowhere);
		*nowhere = 1;
	} else if (!strcmp(how, "hang")) {
		local_irq_disable();
		for (;;)
			cpu_relax();
	}

	return -ECANCELED;	/* so that the module can be inserted again */
}

module_init(crash_init);
MODULE_DESCRIPTION("Goes wrong on purpose");
MODULE_LICENSE("GPL");
