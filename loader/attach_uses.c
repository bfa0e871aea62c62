// SPDX-License-Identifier: GPL-2.0-only
/*
 * attach_uses: use BPF_PROG_ATTACH, _DETACH and _QUERY rightly and wrongly, and compare the
 * answers with what is expected.
 */
#define _GNU_SOURCE
#include "hook.h"
#include "uses.h"

static int load(void)
{
	return load_for_hook("add-42");
}

static int load_for_another_place(void)
{
	return load_for("add-42", BPF_LSM_CGROUP);
}

/* The number of the attached program; 0 where there is none, or where it must not be asked for. */
static __u32 attached(void)
{
	__u32 id = 0;

	return query(&id, 0, NULL) == 1 ? id : 0;
}

/* Whether the kernel still has a program: a lost reference would keep it for ever. */
static int still_there(__u32 id)
{
	int fd = fd_of(id);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

static int put(int fd, int other)
{
	return attach(fd, 0, 0, other);
}

static int replace(int fd, int old)
{
	return attach(fd, 0, BPF_F_REPLACE, old);
}

static int take(int fd, int other)
{
	return detach(fd, other);
}

static int ask(int fd, int other)
{
	__u32 id;

	(void)fd;
	(void)other;
	return query(&id, 0, NULL);
}

int main(void)
{
	int a = load(), b = load(), c = load(), filter = load_socket_filter();
	__u32 id_a, id_b, flags;

	expect("load for another place", load_for_another_place(), EINVAL);
	expect("query: nothing attached", query(&id_a, 0, NULL) == 0 ? 0 : -1, 0);
	expect("detach when nothing is attached", detach(a, 0), ENOENT);
	expect("replace when nothing is attached", replace(b, a), ENOENT);

	expect("attach what is no file", put(-1, 0), EBADF);
	expect("attach what is no program", put(1, 0), EINVAL);
	expect("attach a socket filter", put(filter, 0), EINVAL);
	expect("attach with a target_fd", attach(a, 1, 0, 0), EINVAL);
	expect("attach with a flag", attach(a, 0, BPF_F_ALLOW_MULTI, 0), EINVAL);
	expect("attach with a replace_bpf_fd, but no flag", put(a, b), EINVAL);

	expect("attach A", put(a, 0), 0);
	id_a = attached();
	expect("attach A again", put(a, 0), EEXIST);
	expect("attach B while A is attached", put(b, 0), EEXIST);
	expect("query with a flag", query(&id_b, BPF_F_QUERY_EFFECTIVE, NULL), EINVAL);
	expect("query for the flags of each program", query(&id_b, 0, &flags), EINVAL);

	expect("detach B while A is attached", detach(b, 0), ENOENT);
	expect("detach without a program", detach(-1, 0), EBADF);
	expect("detach with a target_fd", detach(a, 1), EINVAL);

	expect("replace what is no file", replace(b, -1), EBADF);
	expect("replace a socket filter", replace(b, filter), EINVAL);
	expect("replace with another flag", attach(b, 0, BPF_F_REPLACE | BPF_F_ALLOW_MULTI, a),
	       EINVAL);
	expect("replace B while A is attached", replace(c, b), ENOENT);
	expect("A is attached, after all that", attached() == id_a ? 0 : -1, 0);

	expect("replace A by B", replace(b, a), 0);
	id_b = attached();
	expect("query: B", id_b && id_b != id_a ? 0 : -1, 0);
	close(a);
	expect("A, replaced and closed, is gone", still_there(id_a), ENOENT);
	expect("replace B by B", replace(b, b), 0);

	expect("attach C as nobody", as_nobody(put, c, 0), EEXIST);
	expect("replace C by C as nobody", as_nobody(replace, c, c), ENOENT);
	expect("detach C as nobody", as_nobody(take, c, 0), ENOENT);
	expect("query as nobody", as_nobody(ask, c, 0), EPERM);
	close(b);
	expect("B, closed but attached, is there", attached() == id_b ? still_there(id_b) : -1, 0);

	b = fd_of(id_b);
	expect("replace B, found by its number, by C", replace(c, b), 0);
	close(b);
	expect("B is gone", still_there(id_b), ENOENT);
	expect("detach C as nobody, with its descriptor", as_nobody(take, c, 0), 0);
	expect("query: nothing attached", attached() ? -1 : 0, 0);
	return failures ? 1 : 0;
}
