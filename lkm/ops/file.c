// SPDX-License-Identifier: GPL-2.0-only
/* /sys/oreore/bpf: write a number, and those in force answer; read the answer. */
#include <linux/errno.h>
#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sysfs.h>

#include "ops.h"

u32 oreore_last;

static ssize_t bpf_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(oreore_last));
}

static ssize_t bpf_store(struct kobject *kobj, struct kobj_attribute *attr,
			 const char *buf, size_t count)
{
	struct bpf_oreore_kern asked = { .task = current };
	s64 answer;
	int err;

	err = kstrtou32(buf, 0, &asked.value);
	if (err)
		return err;

	err = oreore_may_ask(&asked);
	if (err)
		return err < 0 && err > -ERESTARTSYS ? err : -EINVAL;

	answer = oreore_answer(&asked);
	if (answer < 0)
		return answer;

	WRITE_ONCE(oreore_last, answer);
	return count;
}

static struct kobj_attribute bpf_attribute = __ATTR(bpf, 0600, bpf_show, bpf_store);
static struct kobject *oreore_kobj;

static int __init oreore_init(void)
{
	int err;

	err = oreore_register_functions() ?: oreore_register_ops();
	if (err)
		return err;

	oreore_kobj = kobject_create_and_add("oreore", NULL);
	if (!oreore_kobj)
		return -ENOMEM;

	err = sysfs_create_file(oreore_kobj, &bpf_attribute.attr);
	if (err) {
		kobject_del(oreore_kobj);
		kobject_put(oreore_kobj);
	}
	return err;
}

/* Nobody's struct is in force: its map would hold the module. */
static void __exit oreore_exit(void)
{
	kobject_del(oreore_kobj);
	kobject_put(oreore_kobj);
}

module_init(oreore_init);
module_exit(oreore_exit);
MODULE_DESCRIPTION("Run programs from /sys/oreore/bpf, on a kernel without patches");
MODULE_LICENSE("GPL");
