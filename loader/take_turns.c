// SPDX-License-Identifier: GPL-2.0-only
/*
 * take_turns TIMES: six tasks want the turn without a pause, and a seventh, less nice, that many
 * times. Says of each turn whose it was, and how long they had waited, in microseconds.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OTHERS		6
#define WORK		10000	/* microseconds */

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

static int take(const char *who)
{
	long long began = now(), came;
	char said[64] = "";
	int fd;

	fd = open("/dev/turn", O_RDONLY);
	came = now();
	if (fd < 0 || read(fd, said, sizeof(said) - 1) < 0) {
		perror("/dev/turn");
		return 1;
	}
	usleep(WORK);
	close(fd);
	dprintf(1, "%s %lld us, %s", who, came - began, said);
	return 0;
}

int main(int argc, char **argv)
{
	pid_t others[OTHERS];
	int err = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: take_turns TIMES\n");
		return 2;
	}

	for (int i = 0; i < OTHERS; i++) {
		others[i] = fork();
		while (!others[i])
			if (take("other"))
				_exit(1);
	}
	setpriority(PRIO_PROCESS, 0, -10);
	for (int i = 0; i < atoi(argv[1]) && !err; i++) {
		usleep(8 * WORK);
		err = take("urgent");
	}
	for (int i = 0; i < OTHERS; i++) {
		kill(others[i], SIGKILL);
		waitpid(others[i], NULL, 0);
	}
	return err;
}
