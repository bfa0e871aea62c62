// SPDX-License-Identifier: GPL-2.0-only
/*
 * link_race ROUNDS: link, update, detach, attach and run programs, all at the same time, on all
 * CPUs. A call may come too early or too late for another one; every other failure is a failure.
 *
 * Loading takes longer than all the rest, so each program serves for some rounds. In the last of
 * them its descriptor is closed while it is attached: then it is freed when it leaves the hook.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "link.h"

#define FIRST_OF_SOME(round)	((round) % 8 == 0)
#define LAST_OF_SOME(round)	((round) % 8 == 7)

/* Whether a call was made; @late is what it says when others were faster, or 0. */
static int done(const char *call, int result, int late)
{
	if (result >= 0)
		return 1;
	if (!late || errno != late) {
		fprintf(stderr, "%s: %s\n", call, strerror(errno));
		_exit(1);
	}
	return 0;
}

static void answer_is_right(int file, int late)
{
	char text[16] = "";
	int answer;

	if (!done("write", pwrite(file, "1\n", 2, 0), late))
		return;
	done("read", pread(file, text, sizeof(text) - 1, 0), 0);
	answer = atoi(text);
	if (answer != 43 && answer != 2) {
		fprintf(stderr, "the answer is %d\n", answer);
		_exit(1);
	}
}

static void write_and_read(int round)
{
	static int file = -1;

	(void)round;
	if (file < 0)
		file = open("/sys/oreore/bpf", O_RDWR);
	answer_is_right(file, ENOENT);
}

static void link_and_update(int round)
{
	static int a, b;
	int link, linked;

	if (FIRST_OF_SOME(round)) {
		a = load_for("add-42", BPF_OREORE_ATTACH);
		b = load_for("double", BPF_OREORE_ATTACH);
	}
	link = link_create(a, BPF_OREORE_ATTACH, 0, 0);
	linked = done("link", link, EEXIST);
	if (linked)
		done("update", link_update(link, b, BPF_F_REPLACE, a), 0);
	if (LAST_OF_SOME(round)) {
		close(a);
		close(b);
	}
	if (linked && round % 3 == 0)
		done("detach by force", link_detach(link), 0);
	if (linked)
		close(link);
}

static void attach_and_replace(int round)
{
	static int a, b;

	if (FIRST_OF_SOME(round)) {
		a = load_for("add-42", BPF_OREORE_ATTACH);
		b = load_for("double", BPF_OREORE_ATTACH);
	}
	if (done("attach", attach(a, 0, 0, 0), EEXIST)) {
		done("replace", attach(b, 0, BPF_F_REPLACE, a), 0);
		done("detach", detach(b, 0), 0);
	}
	if (LAST_OF_SOME(round)) {
		close(a);
		close(b);
	}
}

static void link_to_a_file(int round)
{
	static int prog;
	int file = open("/dev/oreore", O_RDWR), link;

	if (FIRST_OF_SOME(round))
		prog = load_for("add-42", BPF_OREORE_FILE);
	link = link_create(prog, BPF_OREORE_FILE, file, 0);
	done("link to a file", link, 0);
	if (LAST_OF_SOME(round))
		close(prog);
	answer_is_right(file, 0);
	close(round % 2 ? link : file);
	close(round % 2 ? file : link);
}

static pid_t start(void (*part)(int round), int cpu, int rounds)
{
	pid_t pid = fork();
	cpu_set_t cpus;

	if (pid)
		return pid;

	CPU_ZERO(&cpus);
	CPU_SET(cpu % sysconf(_SC_NPROCESSORS_ONLN), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	for (int round = 0; round != rounds; round++)
		part(round);
	_exit(0);
}

static int failed(pid_t pid, int expected)
{
	int status;

	return waitpid(pid, &status, 0) != pid || status != expected;
}

int main(int argc, char **argv)
{
	static void (*const parts[])(int round) = {
		link_and_update, attach_and_replace, link_to_a_file,
	};
	enum { PARTS = sizeof(parts) / sizeof(*parts) };
	int rounds = argc == 2 ? atoi(argv[1]) : 0, failures = 0;
	unsigned int before = programs_left(), left;
	pid_t writer, pids[PARTS];

	if (rounds < 1) {
		fprintf(stderr, "usage: link_race ROUNDS\n");
		return 2;
	}

	writer = start(write_and_read, 0, -1);
	for (int i = 0; i < PARTS; i++)
		pids[i] = start(parts[i], i + 1, rounds);
	for (int i = 0; i < PARTS; i++)
		failures += failed(pids[i], 0);
	kill(writer, SIGKILL);
	failures += failed(writer, SIGKILL);

	left = programs_left() - before;
	printf("%d rounds of %d, beside a writer: %d failed, %u programs left\n", rounds, PARTS,
	       failures, left);
	return failures || left;
}
