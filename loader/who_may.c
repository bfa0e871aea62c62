// SPDX-License-Identifier: GPL-2.0-only
/* who_may: make each call on the hook as several users, and show what it answers. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caps.h"
#include "hook.h"

/* Root's programs: one is attached, the other not. A child that inherits none of them has -1. */
static int attached, spare;

/* A descriptor of the attached program, by what means there are. */
static int find_attached(void)
{
	__u32 id;

	if (attached >= 0)
		return attached;
	return query(&id, 0, NULL) < 0 ? -1 : fd_of(id);
}

/* A descriptor of another program, which one may want to attach. */
static int find_other(void)
{
	return spare >= 0 ? spare : load_for_hook("add-42");
}

static int load(void)
{
	return load_for_hook("add-42");
}

static int load_that_leaks(void)
{
	return load_for_hook("low-half");
}

static int put(void)
{
	int fd = find_other();

	return fd < 0 ? -1 : attach(fd, 0, 0, 0);
}

static int replace(void)
{
	int old = find_attached(), fd = old < 0 ? -1 : find_other();

	return fd < 0 ? -1 : attach(fd, 0, BPF_F_REPLACE, old);
}

static int take(void)
{
	int fd = find_attached();

	return fd < 0 ? -1 : detach(fd, 0);
}

static int ask(void)
{
	__u32 id;

	return query(&id, 0, NULL);
}

static int run(void)
{
	int fd = find_attached();
	__u32 answer;

	return fd < 0 ? -1 : test_run(fd, 1, 1, &answer);
}

static const struct {
	const char *name;
	int (*call)(void);
} calls[] = {
	{ "load", load }, { "leak", load_that_leaks }, { "attach", put }, { "replace", replace },
	{ "detach", take }, { "query", ask }, { "run", run },
};

#define CALLS (sizeof(calls) / sizeof(*calls))
#define ROOT (~0ULL)

static const struct user {
	const char *name;
	bool holds;
	unsigned long long caps;
} users[] = {
	{ "nobody", false, 0 },
	{ "nobody, who holds the descriptors", true, 0 },
	{ "CAP_BPF", false, CAP(BPF) },
	{ "CAP_BPF, _NET_ADMIN", false, CAP(BPF) | CAP(NET_ADMIN) },
	{ "CAP_BPF, _NET_ADMIN, _PERFMON", false, CAP(BPF) | CAP(NET_ADMIN) | CAP(PERFMON) },
	{ "root", false, ROOT },
};

/* Nothing is attached before an attempt to attach; root's program before all others. */
static void set_up(bool empty)
{
	__u32 id;

	if (query(&id, 0, NULL) == 1) {
		int fd = fd_of(id);

		detach(fd, 0);
		close(fd);
	}
	if (!empty)
		attach(attached, 0, 0, 0);
}

/* What a call answers that a user makes: 0, or an errno. */
static int try_as(const struct user *user, int (*call)(void))
{
	int status;

	set_up(call == put);
	if (!fork()) {
		if (!user->holds) {
			close(attached);
			close(spare);
			attached = -1;
			spare = -1;
		}
		if (user->caps != ROOT && become_nobody_with(user->caps))
			_exit(255);
		_exit(call() < 0 ? errno : 0);
	}
	wait(&status);
	return WEXITSTATUS(status);
}

static void print_column(size_t i, const char *text)
{
	printf("%-*s", i < CALLS - 1 ? 8 : 0, text);
}

int main(void)
{
	attached = load_for_hook("add-42");
	spare = load_for_hook("add-42");

	printf("%-34s", "");
	for (size_t i = 0; i < CALLS; i++)
		print_column(i, calls[i].name);
	for (size_t row = 0; row < sizeof(users) / sizeof(*users); row++) {
		printf("\n%-34s", users[row].name);
		for (size_t i = 0; i < CALLS; i++) {
			int err = try_as(&users[row], calls[i].call);

			print_column(i, err ? strerrorname_np(err) : "ok");
		}
	}
	printf("\n");
	set_up(true);
	return 0;
}
