// SPDX-License-Identifier: GPL-2.0-only
/*
 * late LABEL DEPTH TURNS FILE: how late is an urgent task woken while another task writes to FILE?
 *
 * A write runs a program of DEPTH functions that call each other, one in the loop of the other,
 * each of TURNS turns.
 *
 * Prints "label,walked,N", the instructions that the verifier walked; "label,run,NANOSECONDS" of
 * one write; and "label,late,NANOSECONDS" for each time that the urgent task slept.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

#include "give.h"
#include "nest.h"

#define SLEEPS	5
#define SECOND	1000000000L	/* in nanoseconds */
#define SLEEP	(SECOND / 1000)

static char verifier_log[16384];

static int checked(int ret, const char *what)
{
	if (ret < 0) {
		fprintf(stderr, "late: %s: %s\n%s", what, strerror(errno), verifier_log);
		exit(1);
	}
	return ret;
}

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

static void write_once(int fd)
{
	checked(pwrite(fd, "8\n", 2, 0), "write");
}

static void be_urgent(const char *label)
{
	const struct sched_param urgent = { .sched_priority = 50 };

	checked(sched_setscheduler(0, SCHED_FIFO, &urgent), "sched_setscheduler");
	for (int i = 0; i < SLEEPS; i++) {
		long due = now() + SLEEP;
		const struct timespec until = { .tv_sec = due / SECOND, .tv_nsec = due % SECOND };

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		printf("%s,late,%ld\n", label, now() - due);
	}
}

int main(int argc, char **argv)
{
	struct nest nest = { .how = GLOBAL_FUNCTIONS };
	pid_t writer;
	int fd, prog;
	long start;

	if (argc == 5) {
		nest.depth = atoi(argv[2]);
		nest.turns = atoi(argv[3]);
	}
	if (nest.depth < 1 || nest.depth > DEEPEST || nest.turns < 1) {
		fprintf(stderr, "usage: late LABEL DEPTH TURNS FILE   (DEPTH <= %d)\n", DEEPEST);
		return 2;
	}

	prog = checked(load_nest(&nest, verifier_log, sizeof(verifier_log)), "load");
	checked(give(prog, BENCH_PROG), BENCH_PROG);
	printf("%s,walked,%s\n", argv[1], strtok(strstr(verifier_log, "processed ") + 10, " "));
	fd = checked(open(argv[4], O_WRONLY), argv[4]);
	start = now();
	write_once(fd);
	printf("%s,run,%ld\n", argv[1], now() - start);
	fflush(stdout);	/* so that the child has nothing to print */

	writer = checked(fork(), "fork");
	if (!writer) {
		for (;;)
			write_once(fd);
	}
	be_urgent(argv[1]);
	kill(writer, SIGKILL);
	wait(NULL);
	return 0;
}
