/* SPDX-License-Identifier: GPL-2.0-only */
/* Let one allocation fail that this task makes in the kernel: the first, the second, the n-th. */
#ifndef FAIL_H
#define FAIL_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NONE	1000000U	/* so many allocations no call makes */

static int fail_nth = -1;

static inline void fail_open(void)
{
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR);
	if (fail_nth >= 0)
		return;
	fprintf(stderr, "/proc/thread-self/fail-nth: %s\n", strerror(errno));
	if (errno == ENOENT)
		fprintf(stderr, "Boot a kernel that has it: lab.boot(\"checking\")\n");
	exit(2);
}

/* From here on the @nth allocation fails; 0: none any more. */
static inline void fail_at(unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(fail_nth, text, length, 0) != length) {
		perror("fail-nth");
		exit(2);
	}
}

/* Let none fail any more. How many more it would have taken: 0 if one has failed. */
static inline unsigned int fail_end(void)
{
	char text[16] = "";

	if (pread(fail_nth, text, sizeof(text) - 1, 0) <= 0) {
		perror("fail-nth");
		exit(2);
	}
	fail_at(0);
	return strtoul(text, NULL, 10);
}

/* Of all tries of a call: how it answered when an allocation had failed, and what became of it. */
struct sum {
	unsigned int enomem, other, went_on, half_done, left, wrong;
	int error;	/* the other one */
};

static inline void add_error(struct sum *sum, int error)
{
	if (error == ENOMEM) {
		sum->enomem++;
	} else {
		sum->other++;
		sum->error = error;
	}
}

static inline int all_was_right(const struct sum *sum)
{
	return !sum->half_done && !sum->left && !sum->wrong;
}

static inline void print_head(const char *of)
{
	printf("%-15s%10s%10s%10s%10s%10s%10s\n", of, "failures", "ENOMEM", "other", "went on",
	       "by half", "left");
}

static inline void print_row(const char *name, const struct sum *sum, int some)
{
	const unsigned int counts[] = {
		sum->enomem + sum->other + sum->went_on, sum->enomem, sum->other, sum->went_on,
		sum->half_done, sum->left,
	};

	printf("%-15s", name);
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		if (!counts[i])
			printf("%10s", "-");
		else if (some)
			printf("%10s", "some");
		else
			printf("%10u", counts[i]);
	printf("\n");
	if (sum->other)
		printf("    the other error is %d\n", sum->error);
	if (sum->wrong)
		printf("    %u times something else went wrong\n", sum->wrong);
}

#endif /* FAIL_H */
