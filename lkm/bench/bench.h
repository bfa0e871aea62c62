/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_H
#define BENCH_H

#include <linux/kobject.h>
#include <linux/sysfs.h>

/*
 * A way to an answer: a file in /sys/oreore_bench. Writing a number there calls @run, which answers
 * as bpf_oreore_run().
 */
struct way {
	struct kobj_attribute attr;
	s64 (*run)(u32 value);
};

ssize_t way_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf);
ssize_t way_store(struct kobject *kobj, struct kobj_attribute *attr,
		  const char *buf, size_t count);

#define WAY(_name, _run) \
	struct way _name##_way = { .attr = __ATTR(_name, 0600, way_show, way_store), .run = _run }

struct bpf_prog;

/* The program, of that type, whose descriptor's number was written; or an error pointer. */
struct bpf_prog *written_prog(const char *buf, u32 type);
void replace_prog(struct bpf_prog __rcu **hook, struct bpf_prog *prog);

/* What was given to the file "prog". */
extern struct bpf_prog __rcu *bench_prog;
extern struct kobj_attribute prog_attr, syscall_prog_attr;
extern struct way called_way, bare_way;
extern struct way rcu_way, preempt_way, rcu_preempt_way, rcu_migrate_way, mutex_way;
extern struct way number_way, error_way;
extern struct way raw_tp_way, fentry_way, syscall_way;

void release_prog(void);
void release_syscall_prog(void);
int register_answer(void);

#endif /* BENCH_H */
