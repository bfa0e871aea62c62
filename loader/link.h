/* SPDX-License-Identifier: GPL-2.0-only */
/* The calls on links, with every field that a caller may get right or wrong. */
#ifndef LINK_H
#define LINK_H

#include "hook.h"

static inline int link_create(int prog, enum bpf_attach_type type, int target, __u32 flags)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = prog;
	attr.link_create.target_fd = target;
	attr.link_create.attach_type = type;
	attr.link_create.flags = flags;
	return bpf(BPF_LINK_CREATE, &attr);
}

static inline int link_update(int link, int prog, __u32 flags, int expected)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.link_update.link_fd = link;
	attr.link_update.new_prog_fd = prog;
	attr.link_update.flags = flags;
	attr.link_update.old_prog_fd = expected;
	return bpf(BPF_LINK_UPDATE, &attr);
}

static inline int link_detach(int link)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.link_detach.link_fd = link;
	return bpf(BPF_LINK_DETACH, &attr);
}

static inline int link_info(int link, struct bpf_link_info *info)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	memset(info, 0, sizeof(*info));
	attr.info.bpf_fd = link;
	attr.info.info = (unsigned long)info;
	attr.info.info_len = sizeof(*info);
	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

static inline int is_attached(int link)
{
	struct bpf_link_info info;

	return !link_info(link, &info) && info.oreore.attached;
}

/* A descriptor of the link with this number, or -1. */
static inline int link_fd_of(__u32 id)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.link_id = id;
	return bpf(BPF_LINK_GET_FD_BY_ID, &attr);
}

/* Give a link, or a program, a name in the BPF file system. */
static inline int pin(int fd, const char *path)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.pathname = (unsigned long)path;
	attr.bpf_fd = fd;
	return bpf(BPF_OBJ_PIN, &attr);
}

/* A descriptor of what is pinned there, or -1. */
static inline int open_pin(const char *path)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.pathname = (unsigned long)path;
	return bpf(BPF_OBJ_GET, &attr);
}

/* How many the kernel has: @next is BPF_PROG_GET_NEXT_ID or the like. */
static inline unsigned int count_of(enum bpf_cmd next)
{
	unsigned int count = 0;
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	for (; !bpf(next, &attr); count++)
		attr.start_id = attr.next_id;
	return count;
}

/* A lost reference to a program would keep it for ever. */
static inline unsigned int programs_left(void)
{
	return count_of(BPF_PROG_GET_NEXT_ID);
}

#endif /* LINK_H */
