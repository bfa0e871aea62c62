// SPDX-License-Identifier: GPL-2.0-only
/*
 * interrupts: what a signal does to BPF_PROG_TEST_RUN while it runs a slow program.
 * ATTACH_TYPE in the environment is the expected attach type.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "nest.h"

#define RUNS	1000

static int signals;

static void count_signal(int signal)
{
	(void)signal;
	signals++;
}

/* How many times the kernel has run the program since it counts (BPF_ENABLE_STATS). */
static __u64 runs_of(int fd)
{
	struct bpf_prog_info info;
	union bpf_attr attr;

	memset(&info, 0, sizeof(info));
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (unsigned long)&info;
	bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
	return info.run_cnt;
}

static int count_runs(void)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.enable_stats.type = BPF_STATS_RUN_TIME;
	return bpf(BPF_ENABLE_STATS, &attr);
}

/* Kill a process after the first of many runs. */
static void kill_runner(int fd)
{
	__u32 answer;
	pid_t child = fork();
	int status;

	if (!child)
		_exit(test_run(fd, 0, RUNS, &answer) ? errno : 0);
	while (!runs_of(fd))
		;
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	printf("%-44s %s, %s\n", "many runs, killed after the first",
	       WIFSIGNALED(status) ? "killed" : "not killed",
	       runs_of(fd) < RUNS ? "before all were done" : "after all were done");
}

/* A timer sends a signal every millisecond; a run takes longer than that. */
static void signal_during(const char *what, int fd, __u32 repeat)
{
	const struct itimerval often = {
		.it_value.tv_usec = 1000, .it_interval.tv_usec = 1000,
	};
	const struct itimerval never = { 0 };
	__u32 answer = 0;
	int err;

	signals = 0;
	setitimer(ITIMER_REAL, &often, NULL);
	err = test_run(fd, 0, repeat, &answer) ? errno : 0;
	setitimer(ITIMER_REAL, &never, NULL);
	printf("%-44s %s, %u\n", what, err ? strerrorname_np(err) : "ok", answer);
	if (!signals)
		printf("    No signal came.\n");
}

int main(void)
{
	static const struct nest slow = { 3, 250, GLOBAL_FUNCTIONS };
	static char verifier_log[65536];
	int fd = load_nest(&slow, verifier_log, sizeof(verifier_log));

	if (fd < 0 || count_runs() < 0) {
		printf("load: %s\n%s", strerrorname_np(errno), verifier_log);
		return 1;
	}
	signal(SIGALRM, count_signal);

	kill_runner(fd);
	signal_during("one run, signals during it", fd, 1);
	signal_during("many runs, signals during the first", fd, RUNS);
	return 0;
}
