// SPDX-License-Identifier: GPL-2.0-only
/* attach_uses: use BPF_PROG_ATTACH, _DETACH and _QUERY rightly and wrongly, and compare the answers. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "progs.h"

static int failures;

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int load(enum bpf_prog_type type, enum bpf_attach_type where)
{
	static const struct bpf_insn answer_1[] = { SET(R0, 1), EXIT() };
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = type;
	attr.expected_attach_type = where;
	attr.insns = (unsigned long)answer_1;
	attr.insn_cnt = 2;
	attr.license = (unsigned long)"GPL";
	return bpf(BPF_PROG_LOAD, &attr);
}

static int attach(int fd, int target_fd, int flags, int replace_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.attach_type = BPF_OREORE_ATTACH;
	attr.attach_bpf_fd = fd;
	attr.target_fd = target_fd;
	attr.attach_flags = flags;
	attr.replace_bpf_fd = replace_fd;
	return bpf(BPF_PROG_ATTACH, &attr);
}

static int detach(int fd, int target_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.attach_type = BPF_OREORE_ATTACH;
	attr.attach_bpf_fd = fd;
	attr.target_fd = target_fd;
	return bpf(BPF_PROG_DETACH, &attr);
}

/* How many programs are attached, or -1; the number of the one, if there is, in *id. */
static int query(__u32 *id, int flags)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.query.attach_type = BPF_OREORE_ATTACH;
	attr.query.query_flags = flags;
	attr.query.prog_ids = (unsigned long)id;
	attr.query.prog_cnt = 1;
	return bpf(BPF_PROG_QUERY, &attr) ? -1 : (int)attr.query.prog_cnt;
}

/* Whether the kernel still has the program with this number: a leaked reference keeps it for ever. */
static int still_there(__u32 id)
{
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	fd = bpf(BPF_PROG_GET_FD_BY_ID, &attr);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

static int detach_as_nobody(int fd)
{
	int status;

	if (!fork()) {
		if (setuid(65534))
			_exit(255);
		_exit(detach(fd, 0) ? errno : 0);
	}
	wait(&status);
	errno = WEXITSTATUS(status);
	return errno ? -1 : 0;
}

static void expect(const char *use, int result, int expected)
{
	int got = result < 0 ? errno : 0;

	printf("%-46s %s\n", use, got ? strerrorname_np(got) : "ok");
	if (got != expected) {
		printf("    expected %s\n", expected ? strerrorname_np(expected) : "ok");
		failures++;
	}
}

int main(void)
{
	int a = load(BPF_PROG_TYPE_OREORE, BPF_OREORE_ATTACH);
	int b = load(BPF_PROG_TYPE_OREORE, BPF_OREORE_ATTACH);
	int filter = load(BPF_PROG_TYPE_SOCKET_FILTER, 0);
	__u32 id = 0, id_a;

	expect("load for another place", load(BPF_PROG_TYPE_OREORE, BPF_LSM_CGROUP), EINVAL);
	expect("query: nothing attached", query(&id, 0) == 0 ? 0 : -1, 0);
	expect("detach when nothing is attached", detach(a, 0), ENOENT);

	expect("attach what is no file", attach(-1, 0, 0, 0), EBADF);
	expect("attach what is no program", attach(1, 0, 0, 0), EINVAL);
	expect("attach a socket filter", attach(filter, 0, 0, 0), EINVAL);
	expect("attach with a target_fd", attach(a, 1, 0, 0), EINVAL);
	expect("attach with a flag", attach(a, 0, BPF_F_ALLOW_MULTI, 0), EINVAL);
	expect("attach with a replace_bpf_fd", attach(a, 0, 0, b), EINVAL);

	expect("attach A", attach(a, 0, 0, 0), 0);
	expect("attach A again", attach(a, 0, 0, 0), EINVAL);
	expect("query: A", query(&id_a, 0) == 1 ? 0 : -1, 0);
	expect("query with a flag", query(&id, BPF_F_QUERY_EFFECTIVE), EINVAL);

	expect("detach B while A is attached", detach(b, 0), ENOENT);
	expect("detach without a program", detach(-1, 0), EBADF);
	expect("detach with a target_fd", detach(a, 1), EINVAL);

	expect("attach B: replaces A", attach(b, 0, 0, 0), 0);
	expect("query: B", query(&id, 0) == 1 && id != id_a ? 0 : -1, 0);
	close(a);
	expect("A, replaced and closed, is gone", still_there(id_a), ENOENT);

	close(b);
	expect("B, closed but attached, is there", still_there(id), 0);

	a = load(BPF_PROG_TYPE_OREORE, BPF_OREORE_ATTACH);
	expect("attach C: replaces B", attach(a, 0, 0, 0), 0);
	expect("B is gone", still_there(id), ENOENT);
	expect("detach C as nobody, with its descriptor", detach_as_nobody(a), 0);
	expect("query: nothing attached", query(&id, 0) == 0 ? 0 : -1, 0);
	return failures ? 1 : 0;
}
