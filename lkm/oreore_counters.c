// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/oreore_counters: counters that oreore programs find by their names.
 *
 * Write a name to "new" or to "remove"; "all" tells what there is. A counter that is removed can't
 * be found any more. It is freed when the last program that has it has given it back.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

struct oreore_name {
	char text[16];
};

struct oreore_counter {
	struct oreore_name name;
	atomic64_t count;
	refcount_t references;	/* the list's, and those of programs that have it at this moment */
	struct oreore_counter __rcu *next;
	struct rcu_head rcu;
};

static struct oreore_counter __rcu *counters;
static DEFINE_MUTEX(counters_mutex);	/* held while the list changes */

#define counter_at(place)	rcu_dereference_check(place, lockdep_is_held(&counters_mutex))

/* Under RCU, or the mutex. */
static struct oreore_counter *find(const struct oreore_name *name)
{
	struct oreore_counter *counter = counter_at(counters);

	while (counter && strncmp(counter->name.text, name->text, sizeof(name->text)))
		counter = counter_at(counter->next);
	return counter;
}

__diag_push();
__diag_ignore_all("-Wmissing-prototypes", "Programs call them by their BTF ids");

/* Where it takes a pointer to memory, the verifier of Linux 6.1 lets NULL pass. */
noinline struct oreore_counter *oreore_counter_get(const struct oreore_name *name)
{
	struct oreore_counter *counter;

	rcu_read_lock();
	counter = name ? find(name) : NULL;
	if (counter && !refcount_inc_not_zero(&counter->references))
		counter = NULL;
	rcu_read_unlock();

	return counter;
}

noinline u64 oreore_counter_add(struct oreore_counter *counter, u64 number)
{
	return atomic64_add_return(number, &counter->count);
}

noinline void oreore_counter_put(struct oreore_counter *counter)
{
	if (refcount_dec_and_test(&counter->references))
		kfree_rcu(counter, rcu);
}

__diag_pop();

BTF_SET8_START(counter_kfunc_ids)
BTF_ID_FLAGS(func, oreore_counter_get, KF_ACQUIRE | KF_RET_NULL)
BTF_ID_FLAGS(func, oreore_counter_add, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, oreore_counter_put, KF_RELEASE)
BTF_SET8_END(counter_kfunc_ids)

static const struct btf_kfunc_id_set counter_kfuncs = {
	.owner	= THIS_MODULE,
	.set	= &counter_kfunc_ids,
};

static int new_counter(const struct oreore_name *name)
{
	struct oreore_counter *counter = kzalloc(sizeof(*counter), GFP_KERNEL);
	int err = 0;

	if (!counter)
		return -ENOMEM;
	counter->name = *name;
	refcount_set(&counter->references, 1);

	mutex_lock(&counters_mutex);
	if (find(name)) {
		err = -EEXIST;
		kfree(counter);
	} else {
		RCU_INIT_POINTER(counter->next, counter_at(counters));
		rcu_assign_pointer(counters, counter);
	}
	mutex_unlock(&counters_mutex);

	return err;
}

static int remove_counter(const struct oreore_name *name)
{
	struct oreore_counter __rcu **place = &counters;
	struct oreore_counter *counter;

	mutex_lock(&counters_mutex);
	counter = find(name);
	if (counter) {
		while (counter_at(*place) != counter)
			place = &counter_at(*place)->next;
		rcu_assign_pointer(*place, counter_at(counter->next));
	}
	mutex_unlock(&counters_mutex);

	if (!counter)
		return -ENOENT;
	oreore_counter_put(counter);
	return 0;
}

static int for_written_name(const char *buf, int (*call)(const struct oreore_name *name))
{
	struct oreore_name name;

	if (strscpy_pad(name.text, buf, sizeof(name.text)) < 0)
		return -ENAMETOOLONG;
	name.text[strcspn(name.text, "\n")] = '\0';
	return *name.text ? call(&name) : -EINVAL;
}

static ssize_t new_store(struct kobject *kobj, struct kobj_attribute *attr,
			 const char *buf, size_t count)
{
	return for_written_name(buf, new_counter) ?: count;
}

static ssize_t remove_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t count)
{
	return for_written_name(buf, remove_counter) ?: count;
}

static ssize_t all_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct oreore_counter *counter;
	int length = 0;

	mutex_lock(&counters_mutex);
	for (counter = counter_at(counters); counter; counter = counter_at(counter->next))
		length += sysfs_emit_at(buf, length, "%s %lld\n", counter->name.text,
					atomic64_read(&counter->count));
	mutex_unlock(&counters_mutex);

	return length;
}

static struct kobj_attribute new_attr = __ATTR(new, 0200, NULL, new_store);
static struct kobj_attribute remove_attr = __ATTR(remove, 0200, NULL, remove_store);
static struct kobj_attribute all_attr = __ATTR(all, 0400, all_show, NULL);

static struct attribute *attrs[] = {
	&new_attr.attr, &remove_attr.attr, &all_attr.attr, NULL
};

static const struct attribute_group group = { .attrs = attrs };
static struct kobject *counters_kobj;

static int __init counters_init(void)
{
	int err;

	err = register_btf_kfunc_id_set(BPF_PROG_TYPE_OREORE, &counter_kfuncs);
	if (err)
		return err;

	counters_kobj = kobject_create_and_add("oreore_counters", NULL);
	if (!counters_kobj)
		return -ENOMEM;

	err = sysfs_create_group(counters_kobj, &group);
	if (err) {
		kobject_del(counters_kobj);
		kobject_put(counters_kobj);
	}
	return err;
}

/* No program is there any more that may call us: it would hold the module. */
static void __exit counters_exit(void)
{
	kobject_del(counters_kobj);
	kobject_put(counters_kobj);
	while (rcu_access_pointer(counters))
		remove_counter(&rcu_dereference_protected(counters, true)->name);
}

module_init(counters_init);
module_exit(counters_exit);
MODULE_DESCRIPTION("Counters for oreore programs, by kfuncs");
MODULE_LICENSE("GPL");
