// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/oreore/bpf: write a number, and the attached oreore program computes an answer;
 * read the answer.
 *
 * The file is the trigger only. The program belongs to the kernel's hook, and stays there
 * without this module.
 */
#include <linux/bpf_oreore.h>
#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/sysfs.h>

static u32 last_answer;
static bool answered;	/* set after last_answer */

static ssize_t bpf_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	if (!smp_load_acquire(&answered))	/* pairs with bpf_store() */
		return -ENODATA;
	return sysfs_emit(buf, "%u\n", READ_ONCE(last_answer));
}

static ssize_t bpf_store(struct kobject *kobj, struct kobj_attribute *attr,
			 const char *buf, size_t count)
{
	s64 answer;
	u32 value;
	int ret;

	ret = kstrtou32(buf, 0, &value);
	if (ret)
		return ret;

	answer = bpf_oreore_run(value);
	if (answer < 0)
		return answer;

	WRITE_ONCE(last_answer, answer);
	smp_store_release(&answered, true);	/* pairs with bpf_show() */
	return count;
}

static struct kobj_attribute bpf_attribute = __ATTR(bpf, 0600, bpf_show, bpf_store);

static struct kobject *oreore_kobj;

static int __init oreore_init(void)
{
	int ret;

	oreore_kobj = kobject_create_and_add("oreore", NULL);
	if (!oreore_kobj)
		return -ENOMEM;

	ret = sysfs_create_file(oreore_kobj, &bpf_attribute.attr);
	if (ret) {
		kobject_del(oreore_kobj);
		kobject_put(oreore_kobj);
	}
	return ret;
}

static void __exit oreore_exit(void)
{
	/*
	 * Removes the file, and waits for those who are in bpf_show() or bpf_store().
	 * kobject_put() does so, too, but maybe too late.
	 */
	kobject_del(oreore_kobj);
	kobject_put(oreore_kobj);
}

module_init(oreore_init);
module_exit(oreore_exit);
MODULE_DESCRIPTION("Run the attached oreore program from /sys/oreore/bpf");
MODULE_LICENSE("GPL");
