// SPDX-License-Identifier: GPL-2.0-only
/* race SECONDS: a hare and a tortoise, a task each, count until the time is over. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const names[] = { "hare", "tortoise" };

static pid_t start(const char *name, unsigned long *rounds)
{
	pid_t child = fork();

	if (child)
		return child;
	prctl(PR_SET_NAME, name);
	for (;;)
		__atomic_add_fetch(rounds, 1, __ATOMIC_RELAXED);
}

int main(int argc, char **argv)
{
	unsigned long *rounds;
	pid_t children[2];

	if (argc != 2) {
		fprintf(stderr, "usage: race SECONDS\n");
		return 2;
	}

	rounds = mmap(NULL, sizeof(*rounds) * 2, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (rounds == MAP_FAILED) {
		perror("mmap");
		return 1;
	}

	for (int i = 0; i < 2; i++)
		children[i] = start(names[i], &rounds[i]);
	sleep(atoi(argv[1]));
	for (int i = 0; i < 2; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
		printf("%s: %lu\n", names[i], rounds[i]);
	}
	return 0;
}
