// SPDX-License-Identifier: GPL-2.0-only
/* link_uses: use links rightly and wrongly, alone and together with BPF_PROG_ATTACH. */
#define _GNU_SOURCE
#include "link.h"
#include "uses.h"

#define PLACE	BPF_OREORE_ATTACH
#define PIN	"/sys/fs/bpf/link_uses"

static int link_to_hook(int prog, int flags)
{
	return link_create(prog, PLACE, 0, flags);
}

static int update(int link, int prog)
{
	return link_update(link, prog, 0, 0);
}

static int detach_link(int link, int unused)
{
	(void)unused;
	return link_detach(link);
}

static int open_our_pin(int unused, int unused_too)
{
	(void)unused;
	(void)unused_too;
	return open_pin(PIN);
}

static int find_link(int id, int unused)
{
	(void)unused;
	return link_fd_of(id);
}

/* A kind of link that has more fields; this one is for tracing. */
static int link_with_a_cookie(int prog)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = prog;
	attr.link_create.attach_type = PLACE;
	attr.link_create.tracing.cookie = 1;
	return bpf(BPF_LINK_CREATE, &attr);
}

static __u32 id_of_link(int link)
{
	struct bpf_link_info info;

	return link_info(link, &info) ? 0 : info.id;
}

static __u32 id_in_hook(void)
{
	__u32 id = 0;

	return query(&id, 0, NULL) == 1 ? id : 0;
}

static void create(int a, int b, int filter)
{
	int link;

	expect("link what is no file", link_to_hook(-1, 0), EBADF);
	expect("link what is no program", link_to_hook(1, 0), EINVAL);
	expect("link a socket filter", link_to_hook(filter, 0), EINVAL);
	expect("link with a flag", link_to_hook(a, BPF_F_REPLACE), EINVAL);
	expect("link with a target", link_create(a, PLACE, 1, 0), EINVAL);
	expect("link to another place", link_create(a, BPF_LSM_CGROUP, 0, 0), EINVAL);
	expect("link with a cookie, which is for tracing", link_with_a_cookie(a), EINVAL);
	expect_that("the hook is empty, after all that", !id_in_hook());

	link = link_to_hook(a, 0);
	expect("link A", link, 0);
	expect("link A again", link_to_hook(a, 0), EEXIST);
	expect("link B while A is linked", link_to_hook(b, 0), EEXIST);
	close(link);
	expect_that("the descriptor is closed, the hook is empty", !id_in_hook());

	expect("link A as nobody, with its descriptor", as_nobody(link_to_hook, a, 0), 0);
	expect_that("that link's only holder has ended, the hook is empty", !id_in_hook());
}

static void with_prog_attach(int a, int b)
{
	int link;

	expect("attach A", attach(a, 0, 0, 0), 0);
	expect("link B while A is attached", link_to_hook(b, 0), EEXIST);
	expect("detach A", detach(a, 0), 0);

	link = link_to_hook(a, 0);
	expect("attach B while A is linked", attach(b, 0, 0, 0), EEXIST);
	expect("replace A, which is linked, by B", attach(b, 0, BPF_F_REPLACE, a), EBUSY);
	expect("replace B while A is linked", attach(a, 0, BPF_F_REPLACE, b), ENOENT);
	expect("detach A, which is linked", detach(a, 0), EBUSY);
	expect_that("A is linked, after all that", is_attached(link) && id_in_hook());
	close(link);
}

static void change(int a, int b, int filter)
{
	int link = link_to_hook(a, 0);
	__u32 id = id_in_hook();

	expect("update what is no link", link_update(a, b, 0, 0), EINVAL);
	expect("update to what is no file", link_update(link, -1, 0, 0), EBADF);
	expect("update to a socket filter", link_update(link, filter, 0, 0), EINVAL);
	expect("update with another flag", link_update(link, b, BPF_F_ALLOW_MULTI, 0), EINVAL);
	expect("update with an expected program, but no flag", link_update(link, b, 0, a), EINVAL);
	expect("update, expecting B", link_update(link, b, BPF_F_REPLACE, b), EPERM);
	expect("update, expecting a socket filter", link_update(link, b, BPF_F_REPLACE, filter),
	       EPERM);
	expect_that("A is linked, after all that", id_in_hook() == id);
	expect("update to B, expecting A", link_update(link, b, BPF_F_REPLACE, a), 0);
	expect_that("B is linked", id_in_hook() && id_in_hook() != id);
	expect("update to B again, expecting nothing", link_update(link, b, 0, 0), 0);

	expect("update as nobody, with the descriptors", as_nobody(update, link, a), 0);
	expect("find the link by its number as nobody", as_nobody(find_link, id_of_link(link), 0),
	       EPERM);
	expect("detach by force as nobody", as_nobody(detach_link, link, 0), 0);
	close(link);
}

static void detach_by_force(int a, int b)
{
	int link = link_to_hook(a, 0), other;

	expect("detach by force", link_detach(link), 0);
	expect_that("the hook is empty, the link says so", !id_in_hook() && !is_attached(link));
	expect("detach by force again", link_detach(link), 0);
	expect("update after that", link_update(link, b, 0, 0), ENOLINK);

	other = link_to_hook(b, 0);
	expect("link B in its place", other, 0);
	expect("detach the first link once more", link_detach(link), 0);
	close(link);
	expect_that("B is linked, when the first link is gone", id_in_hook() && is_attached(other));
	close(other);
}

static void keep(int a)
{
	int link = link_to_hook(a, 0), again;

	expect("pin where no BPF file system is", pin(link, "/run/link_uses"), EPERM);
	expect("pin in a folder that is not there", pin(link, PIN "/link"), ENOENT);
	expect("pin", pin(link, PIN), 0);
	expect("pin where one is", pin(link, PIN), EEXIST);
	close(link);
	expect_that("closed, but pinned: A is linked", id_in_hook());
	expect("open the pin as nobody", as_nobody(open_our_pin, 0, 0), EACCES);

	again = open_pin(PIN);
	expect("open the pin", again, 0);
	unlink(PIN);
	expect_that("no pin, but open: A is linked", id_in_hook());
	close(again);
	expect_that("neither: the hook is empty", !id_in_hook());
	expect("open a pin that is not there", open_pin(PIN), ENOENT);
}

int main(void)
{
	unsigned int before = programs_left();
	int a = load_for("add-42", PLACE), b = load_for("add-42", PLACE);
	int filter = load_socket_filter();

	create(a, b, filter);
	with_prog_attach(a, b);
	change(a, b, filter);
	detach_by_force(a, b);
	keep(a);

	close(a);
	close(b);
	close(filter);
	expect_that("all is closed: no program is left of these", programs_left() == before);
	return failures ? 1 : 0;
}
