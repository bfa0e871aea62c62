// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/oreore_bench: a file for each way to an answer.
 *
 * All files but "nothing" share way_store(), so that two of them differ by what their ways do, and
 * by that alone.
 */
#include <linux/bpf.h>
#include <linux/bpf_oreore.h>
#include <linux/kstrtox.h>
#include <linux/module.h>

#include "bench.h"

static u32 last_answer;

ssize_t way_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(last_answer));
}

ssize_t way_store(struct kobject *kobj, struct kobj_attribute *attr,
		  const char *buf, size_t count)
{
	struct way *way = container_of(attr, struct way, attr);
	s64 answer;
	u32 value;
	int ret;

	ret = kstrtou32(buf, 0, &value);
	if (ret)
		return ret;

	answer = way->run(value);
	if (answer < 0)
		return answer;

	WRITE_ONCE(last_answer, answer);
	return count;
}

static ssize_t nothing_store(struct kobject *kobj, struct kobj_attribute *attr,
			     const char *buf, size_t count)
{
	return count;
}

static struct kobj_attribute nothing_attr = __ATTR(nothing, 0600, way_show, nothing_store);

static s64 parse_run(u32 value)
{
	return value;
}

static WAY(parse, parse_run);

static s64 plain_run(u32 value)
{
	return value + 42;
}

static WAY(plain, plain_run);
static WAY(hook, bpf_oreore_run);

struct bpf_prog *written_prog(const char *buf, u32 type)
{
	int fd, ret;

	ret = kstrtoint(buf, 0, &fd);
	if (ret)
		return ERR_PTR(ret);
	return bpf_prog_get_type_dev(fd, type, false);
}

void replace_prog(struct bpf_prog __rcu **hook, struct bpf_prog *prog)
{
	struct bpf_prog *old = unrcu_pointer(xchg(hook, RCU_INITIALIZER(prog)));

	if (old)
		bpf_prog_put(old);	/* frees it when nobody runs it any more */
}

static struct attribute *attrs[] = {
	&nothing_attr.attr, &parse_way.attr.attr, &plain_way.attr.attr, &hook_way.attr.attr,
	&called_way.attr.attr, &prog_attr.attr, &bare_way.attr.attr,
	&rcu_way.attr.attr, &preempt_way.attr.attr, &rcu_preempt_way.attr.attr,
	&rcu_migrate_way.attr.attr, &mutex_way.attr.attr,
	&number_way.attr.attr, &error_way.attr.attr,
	&raw_tp_way.attr.attr, &fentry_way.attr.attr,
	&syscall_prog_attr.attr, &syscall_way.attr.attr,
	NULL
};

static const struct attribute_group group = { .attrs = attrs };

static struct kobject *bench_kobj;

static int __init bench_init(void)
{
	int ret;

	ret = register_answer();
	if (ret)
		return ret;

	bench_kobj = kobject_create_and_add("oreore_bench", NULL);
	if (!bench_kobj)
		return -ENOMEM;

	ret = sysfs_create_group(bench_kobj, &group);
	if (ret) {
		kobject_del(bench_kobj);
		kobject_put(bench_kobj);
	}
	return ret;
}

static void __exit bench_exit(void)
{
	/*
	 * Removes the files, and waits for those who are in a store or a show.
	 * kobject_put() does so, too, but maybe too late.
	 */
	kobject_del(bench_kobj);
	kobject_put(bench_kobj);
	release_prog();
	release_syscall_prog();
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("Ways to run an eBPF program from a sysfs file, to be compared");
MODULE_LICENSE("GPL");
