// SPDX-License-Identifier: GPL-2.0-only
/*
 * init_fails MODULE FILE: load MODULE.ko again and again, while one of the allocations fails that
 * its init function makes. FILE comes with the module, and must go with it.
 *
 * Before the init function runs, the kernel has allocated a lot for the module. Which allocations
 * are the function's own? With "verbose", the kernel logs the call trace of each failure. So the
 * last allocation of all is the first to fail, then the one before it, and so on, until one fails
 * before the function is called.
 *
 * The n-th allocation of one load need not be the n-th of the next: sysfs has a table of its files,
 * and now and then a file takes a node more. Such loads come as evenly as leap years, so two in a
 * row with a node and two in a row without can't both be. Each n is therefore tried twice, and
 * none is missed; what fails again, in the same place by its call trace, is not counted again.
 */
#define _GNU_SOURCE
#include <sys/syscall.h>

#include "fail.h"

#define VERBOSE	"/sys/kernel/debug/failslab/verbose"

#define PLACES	64

static const char *name, *file;
static int module, kernel_log;
static unsigned int places[PLACES];	/* in the init function: hashes of their call traces */
static unsigned int known;

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

static unsigned int fnv1a(unsigned int hash, const char *line)
{
	while (*line && *line != '\n')
		hash = (hash ^ (unsigned char)*line++) * 16777619u;
	return hash;
}

/*
 * A hash of the call trace that is new in the log, if an allocation has failed in an init function;
 * otherwise 0. The reserve of nodes for tables is left out: it is filled when it is short.
 */
static unsigned int failed_in_init(void)
{
	int in_init = 0, for_reserve = 0;
	unsigned int hash = 2166136261u;
	char record[1024], *line;
	ssize_t length;

	while ((length = read(kernel_log, record, sizeof(record) - 1)) > 0 || errno == EPIPE) {
		if (length < 0)
			continue;	/* some of it was overwritten */
		record[length] = '\0';
		line = strchr(record, ';');
		if (in_init || !line || line[1] != ' ' || strchr(line, '?'))
			continue;	/* not a line of a trace, or an uncertain one */
		hash = fnv1a(hash, line);
		for_reserve |= !!strstr(line, "_preload+");
		in_init = !!strstr(line, "do_one_initcall+");
	}
	return in_init && !for_reserve ? hash : 0;
}

static int is_new(unsigned int place)
{
	for (unsigned int i = 0; i < known; i++)
		if (places[i] == place)
			return 0;
	need(known < PLACES, "more places than expected");
	places[known++] = place;
	return 1;
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
	int before_init = 0;
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
	nth = NONE - load(NONE, &all) + 1;
	log_traces("2");
	for (failed_in_init(); nth && !before_init; nth--) {
		for (int again = 0; again < 2; again++) {
			struct sum one = { 0 };
			unsigned int place;

			load(nth, &one);
			add(&all, &one);
			place = failed_in_init();
			if (place && is_new(place))
				add(&own, &one);
			before_init |= known && !place && one.enomem + one.other;
		}
	}
	log_traces("0");

	print_head("module");
	print_row(name, &own, 0);
	return !all_was_right(&all);
}
