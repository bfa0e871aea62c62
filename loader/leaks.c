// SPDX-License-Identifier: GPL-2.0-only
/*
 * leaks: who may load programs that answer with an address, and do they answer with the same one?
 * ATTACH_TYPE in the environment is the expected attach type.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "caps.h"

static const char * const names[] = {
	"pointer-result", "low-half", "negated", "swapped", "exchanged", "called", "difference",
	"high-half",
};

#define PROGS (sizeof(names) / sizeof(*names))

static int load(const struct prog *prog)
{
	union bpf_attr attr = to_load(prog->insns, prog_len(prog));

	return bpf(BPF_PROG_LOAD, &attr);
}

/* What loading gives a user who has these capabilities and no others: 0, or an errno. */
static int load_with(const struct prog *prog, unsigned long long caps)
{
	int status;

	if (!fork()) {
		if (become_nobody_with(caps))
			_exit(255);
		_exit(load(prog) < 0 ? errno : 0);
	}
	wait(&status);
	return WEXITSTATUS(status);
}

/* Equal answers get equal letters, so that nothing is printed that differs from boot to boot. */
static char letter(__u32 answer)
{
	static __u32 seen[PROGS];
	static size_t count;
	size_t i;

	for (i = 0; i < count && seen[i] != answer; i++)
		;
	if (i == count)
		seen[count++] = answer;
	return 'A' + i;
}

static const char *name_of(int error)
{
	return error ? strerrorname_np(error) : "ok";
}

int main(void)
{
	/* A hook for the whole machine, which comes next, will need CAP_NET_ADMIN as well. */
	const unsigned long long least = CAP(BPF) | CAP(NET_ADMIN);
	__u32 answer;

	printf("%-52s %-8s %-8s %s\n", "program", "CAP_BPF", "+PERFMON", "answer");
	for (size_t i = 0; i < PROGS; i++) {
		const struct prog *prog = find_prog(names[i]);
		int bpf_alone = load_with(prog, least);
		int with_perfmon = load_with(prog, least | CAP(PERFMON));

		printf("%-52s %-8s %-8s ", prog->text, name_of(bpf_alone), name_of(with_perfmon));
		if (with_perfmon || test_run(load(prog), 0, 1, &answer))
			printf("-\n");
		else if (!strcmp(names[i], "high-half"))
			printf("0x%x\n", answer);
		else
			printf("%c\n", letter(answer));
	}
	return 0;
}
