// SPDX-License-Identifier: GPL-2.0-only
/*
 * measure LABEL SAMPLES OPERATION...: how long does each operation take, by the monotonic clock?
 *
 * Prints a line "label,operation,nanoseconds" for each sample. What it costs to read the clock is
 * measured first, and taken off. The operations loop-1000 and loop-2000 are measured with them:
 * turns of a loop of two instructions, by which one sees whether this clock counts instructions.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define WARM_UP 100 /* rounds that are not counted: caches, translated code, first use of a page */

struct operation {
	int (*once)(int fd);
	int fd;
	const char *path;
};

static int nothing(int fd)
{
	return fd;
}

static int loop(int turns)
{
	__asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(turns) : : "cc");
	return 0;
}

static int getppid_once(int fd)
{
	(void)fd;
	return syscall(SYS_getppid);
}

static int write_once(int fd)
{
	return pwrite(fd, "8\n", 2, 0);
}

static int read_once(int fd)
{
	char answer[16];

	return pread(fd, answer, sizeof(answer), 0);
}

static int write_read_once(int fd)
{
	return write_once(fd) < 0 ? -1 : read_once(fd);
}

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000L + time.tv_nsec;
}

static void explain(const struct operation *op)
{
	fprintf(stderr, "measure: %s: %s\n", op->path, strerror(errno));
	if (errno == ENOENT && op->fd < 0)
		fprintf(stderr, "Is the module loaded? insmod makes this file.\n");
	else if (errno == ENOENT)
		fprintf(stderr, "No program is attached. Run ./attach_prog add-42 first.\n");
	else if (errno == ENODATA)
		fprintf(stderr, "There is no answer to read yet. Measure a write first.\n");
	exit(1);
}

static void take(const struct operation *op, long *samples, int count)
{
	for (int i = -WARM_UP; i < count; i++) {
		long start = now();
		int ret = op->once(op->fd);
		long end = now();

		if (ret < 0)
			explain(op);
		if (i >= 0)
			samples[i] = end - start;
	}
}

static long cost_of_clock(long *samples, int count)
{
	const struct operation op = { .once = nothing };
	long least;

	take(&op, samples, count);
	least = samples[0];
	for (int i = 1; i < count; i++)
		if (samples[i] < least)
			least = samples[i];
	return least;
}

static struct operation parse(const char *text)
{
	static const struct {
		const char *prefix;
		int (*once)(int fd);
	} kinds[] = {
		{ "write:", write_once }, { "read:", read_once },
		{ "write+read:", write_read_once },
	};

	if (!strncmp(text, "loop-", 5))
		return (struct operation){ .once = loop, .fd = atoi(text + 5) };
	if (!strcmp(text, "getppid"))
		return (struct operation){ .once = getppid_once };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		size_t length = strlen(kinds[i].prefix);
		struct operation op = { .once = kinds[i].once, .path = text + length };

		if (strncmp(text, kinds[i].prefix, length))
			continue;
		op.fd = open(op.path, O_RDWR);
		if (op.fd < 0)
			explain(&op);
		return op;
	}

	fprintf(stderr,
		"measure: %s: no such operation; there are getppid, write:FILE, read:FILE and write+read:FILE\n",
		text);
	exit(2);
}

static void measure(const char *label, const char *text, long *samples, int count, long cost)
{
	struct operation op = parse(text);

	take(&op, samples, count);
	for (int i = 0; i < count; i++)
		printf("%s,%s,%ld\n", label, text, samples[i] - cost);
	if (op.path)
		close(op.fd);
}

int main(int argc, char **argv)
{
	int count = argc > 3 ? atoi(argv[2]) : 0;
	long *samples = count > 0 ? malloc(count * sizeof(*samples)) : NULL;
	long cost;

	if (!samples) {
		fprintf(stderr,
			"usage: measure LABEL SAMPLES OPERATION...   (at least one sample)\n");
		return 2;
	}

	cost = cost_of_clock(samples, count);
	measure(argv[1], "loop-1000", samples, count, cost);
	measure(argv[1], "loop-2000", samples, count, cost);
	for (int i = 3; i < argc; i++)
		measure(argv[1], argv[i], samples, count, cost);
	return 0;
}
