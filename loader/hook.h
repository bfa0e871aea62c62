/* SPDX-License-Identifier: GPL-2.0-only */
/* The calls on the hook, with every field that a caller may get right or wrong. */
#ifndef HOOK_H
#define HOOK_H

#include "calls.h"

/* Load a program of progs.h for a place. */
static inline int load_for(const char *name, enum bpf_attach_type place)
{
	const struct prog *prog = find_prog(name);
	union bpf_attr attr = to_load(prog->insns, prog_len(prog));

	attr.expected_attach_type = place;
	return bpf(BPF_PROG_LOAD, &attr);
}

static inline int load_for_hook(const char *name)
{
	return load_for(name, BPF_OREORE_ATTACH);
}

static inline int attach_to(enum bpf_attach_type place, int fd, int target_fd, __u32 flags,
			    int replace_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.attach_type = place;
	attr.attach_bpf_fd = fd;
	attr.target_fd = target_fd;
	attr.attach_flags = flags;
	attr.replace_bpf_fd = replace_fd;
	return bpf(BPF_PROG_ATTACH, &attr);
}

static inline int attach(int fd, int target_fd, __u32 flags, int replace_fd)
{
	return attach_to(BPF_OREORE_ATTACH, fd, target_fd, flags, replace_fd);
}

static inline int detach(int fd, int target_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.attach_type = BPF_OREORE_ATTACH;
	attr.attach_bpf_fd = fd;
	attr.target_fd = target_fd;
	return bpf(BPF_PROG_DETACH, &attr);
}

/* How many programs are attached, or -1; the number of the one, if there is, in @id. */
static inline int query(__u32 *id, __u32 flags, __u32 *flags_of_each)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.query.attach_type = BPF_OREORE_ATTACH;
	attr.query.query_flags = flags;
	attr.query.prog_ids = (unsigned long)id;
	attr.query.prog_cnt = 1;
	attr.query.prog_attach_flags = (unsigned long)flags_of_each;
	return bpf(BPF_PROG_QUERY, &attr) ? -1 : (int)attr.query.prog_cnt;
}

/* A descriptor of the program with this number, or -1. */
static inline int fd_of(__u32 id)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	return bpf(BPF_PROG_GET_FD_BY_ID, &attr);
}

#endif /* HOOK_H */
