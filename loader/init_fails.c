// SPDX-License-Identifier: GPL-2.0-only
/*
 * init_fails MODULE FILE: load MODULE.ko again and again, while one of the allocations fails that
 * its init function makes. FILE comes with the module, and must go with it.
 *
 * Before the init function runs, the kernel has allocated a lot for the module. Which allocations
 * are the function's own? With "verbose", the kernel logs the call trace of each failure. So the
 * last allocation of all is the first to fail, then the one before it, and so on, until the traces
 * have been in the init function and are not any more.
 *
 * How many of them are the function's is not the same each time. The n-th allocation of one load
 * need not be the n-th of the next: now and then, a table of the kernel's takes one more.
 */
#define _GNU_SOURCE
#include <sys/syscall.h>

#include "fail.h"

#define VERBOSE	"/sys/kernel/debug/failslab/verbose"

static const char *name, *file;
static int module, kernel_log;

static void need(int succeeded, const char *what)
{
	if (succeeded)
		return;
	perror(what);
	exit(2);
}

static void log_traces(const char *how)
{
	int fd = open(VERBOSE, O_WRONLY);

	need(write(fd, how, 1) == 1, VERBOSE);
	close(fd);
}

/* Whether the log has news of an allocation that has failed in an init function. */
static int was_in_init(void)
{
	char record[1024];
	int found = 0;
	ssize_t length;

	while ((length = read(kernel_log, record, sizeof(record) - 1)) > 0 || errno == EPIPE) {
		if (length < 0)
			continue;	/* some of it was overwritten */
		record[length] = '\0';
		found |= !!strstr(record, "do_one_initcall+");
	}
	return found;
}

static int is_loaded(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	return !access(path, F_OK);
}

static int is_there(void)
{
	return !access(file, F_OK);
}

/* Load the module while the @nth allocation fails. How many more it would have taken. */
static unsigned int load(unsigned int nth, struct sum *sum)
{
	unsigned int more;
	int result, error;

	fail_at(nth);
	result = syscall(SYS_finit_module, module, "", 0);
	error = errno;
	more = fail_end();

	if (result) {
		add_error(sum, error);
		sum->wrong += !!more;
		sum->half_done += is_there();
	} else {
		sum->went_on += !more;
		sum->wrong += !is_there();
		need(!syscall(SYS_delete_module, name, 0), "delete_module");
	}
	sum->left += is_loaded();
	while (is_there())
		usleep(100000);
	return more;
}

static void add(struct sum *sum, const struct sum *one)
{
	sum->enomem += one->enomem;
	sum->other += one->other;
	sum->went_on += one->went_on;
	sum->half_done += one->half_done;
	sum->left += one->left;
	sum->wrong += one->wrong;
	if (one->other)
		sum->error = one->error;
}

int main(int argc, char **argv)
{
	struct sum all = { 0 }, own = { 0 };
	unsigned int nth;
	char path[64];

	if (argc != 3) {
		fprintf(stderr, "usage: init_fails MODULE FILE\n");
		return 2;
	}
	name = argv[1];
	file = argv[2];
	snprintf(path, sizeof(path), "%s.ko", name);
	module = open(path, O_RDONLY);
	need(module >= 0, path);
	kernel_log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	need(kernel_log >= 0, "/dev/kmsg");

	fail_open();
	load(NONE, &all);	/* the first time, it takes more than later */
	nth = NONE - load(NONE, &all);
	log_traces("2");
	for (was_in_init(); nth; nth--) {
		struct sum one = { 0 };

		load(nth, &one);
		if (was_in_init())
			add(&own, &one);
		else if (own.enomem + own.other + own.went_on)
			break;
	}
	log_traces("0");

	print_head("module");
	print_row(name, &own, 1);
	return !all_was_right(&own) || !all_was_right(&all);
}
