// SPDX-License-Identifier: GPL-2.0-only
/*
 * writers LABEL WRITERS WRITES FILE: so many processes, one to a CPU, write to a file at the same
 * time.
 *
 * Prints a line "label,writer-I,nanoseconds" for each: how long its WRITES writes took it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST 64

struct shared {
	int ready;		/* writers that wait for the others */
	long taken[MOST];	/* nanoseconds; -1: it failed */
};

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000L + time.tv_nsec;
}

static void stay_on(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		perror("writers: sched_setaffinity");
}

static long write_many(struct shared *shared, int writer, int writers, int writes, const char *path)
{
	int fd = open(path, O_WRONLY);
	long start;

	stay_on(writer % sysconf(_SC_NPROCESSORS_ONLN));
	__atomic_add_fetch(&shared->ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&shared->ready, __ATOMIC_SEQ_CST) < writers)
		;
	start = now();
	for (int i = 0; i < writes; i++) {
		if (pwrite(fd, "8\n", 2, 0) != 2) {
			perror(path);
			return -1;
		}
	}
	return now() - start;
}

int main(int argc, char **argv)
{
	int writers = argc == 5 ? atoi(argv[2]) : 0, writes = argc == 5 ? atoi(argv[3]) : 0;
	struct shared *shared;

	if (writers < 1 || writers > MOST || writes < 1) {
		fprintf(stderr, "usage: writers LABEL WRITERS WRITES FILE   (at most %d writers)\n",
			MOST);
		return 2;
	}

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (shared == MAP_FAILED) {
		perror("writers: mmap");
		return 1;
	}
	for (int i = 0; i < writers; i++) {
		if (!fork()) {
			shared->taken[i] = write_many(shared, i, writers, writes, argv[4]);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	for (int i = 0; i < writers; i++) {
		if (shared->taken[i] < 0)
			return 1;
		printf("%s,writer-%d,%ld\n", argv[1], i, shared->taken[i]);
	}
	return 0;
}
