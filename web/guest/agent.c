// SPDX-License-Identifier: GPL-2.0-only
/*
 * agent: load programs for the page's verifier playground, from requests on a serial line.
 *
 * A request is a line; each has a reply "NAME CUT LENGTH\n" and LENGTH bytes. NAME is "ok" or that of an errno.
 *   insns HEX   append instructions, as hex (a program comes in pieces, for a serial line has no flow control)
 *   load        give them to the verifier; the bytes are its log, and CUT says whether it was too long
 *   load least  the same, with no more capabilities than programs of the type need
 *   attach      put the loaded program into the hook, in place of the one that is there
 *   run NUMBER  write the number to /sys/oreore/bpf; the bytes are what the file says then
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/capability.h>

#define MAX_INSNS	4096
#define TRIGGER		"/sys/oreore/bpf"

/* log_level is made of bits, which the kernel keeps to itself (include/linux/bpf_verifier.h). */
#define LOG_EVERYTHING	2	/* each instruction, and what is known of the registers */
#define LOG_END		4	/* statistics; a refusal's reason comes at any level */
#define END_OF_LOG	2048

static struct bpf_insn insns[MAX_INSNS];
static size_t insns_bytes;
static char verifier_log[1 << 18];
static int prog_fd = -1;

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static void reply(int err, int cut, const char *text)
{
	char number[16];
	const char *name = err ? strerrorname_np(err) : "ok";

	if (!name) {
		snprintf(number, sizeof(number), "%d", err);
		name = number;
	}
	printf("%s %d %zu\n%s", name, cut, strlen(text), text);
	fflush(stdout);
}

static int append(const char *hex)
{
	for (; hex[0] && hex[1]; hex += 2) {
		char pair[3] = { hex[0], hex[1] };

		if (insns_bytes == sizeof(insns))
			return E2BIG;
		((unsigned char *)insns)[insns_bytes++] = strtoul(pair, NULL, 16);
	}
	return 0;
}

/*
 * Use all capabilities that the agent was started with, or no more than loading takes. CAP_PERFMON, which lets the
 * verifier make numbers of pointers, is not among those, nor is CAP_SYS_ADMIN, which stands for it.
 */
static int use_capabilities(int least)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];
	int word;

	if (syscall(SYS_capget, &header, words))
		return errno;
	for (word = 0; word < _LINUX_CAPABILITY_U32S_3; word++)
		words[word].effective = least ? 0 : words[word].permitted;
	if (least) {
		words[CAP_TO_INDEX(CAP_BPF)].effective |= CAP_TO_MASK(CAP_BPF);
		words[CAP_TO_INDEX(CAP_NET_ADMIN)].effective |= CAP_TO_MASK(CAP_NET_ADMIN);
	}
	return syscall(SYS_capset, &header, words) ? errno : 0;
}

static int load(int log_level, char *log, size_t size)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_OREORE;
	attr.expected_attach_type = BPF_OREORE_ATTACH;
	attr.insns = (unsigned long)insns;
	attr.insn_cnt = insns_bytes / sizeof(*insns);
	attr.license = (unsigned long)"GPL";
	attr.log_level = log_level;
	attr.log_buf = (unsigned long)log;
	attr.log_size = size;
	prog_fd = bpf(BPF_PROG_LOAD, &attr);
	return prog_fd < 0 ? errno : 0;
}

/*
 * A log that does not fit makes the load fail, whatever the verdict. So keep room for the end: ask again for no more
 * than the reason and the statistics.
 */
static void load_and_reply(int least)
{
	size_t whole = sizeof(verifier_log) - END_OF_LOG;
	int err, cut;

	close(prog_fd);
	prog_fd = -1;
	verifier_log[0] = '\0';
	err = use_capabilities(least);
	if (!err)
		err = load(LOG_EVERYTHING, verifier_log, whole);
	cut = err == ENOSPC;
	if (cut) {
		char *end = verifier_log + strlen(verifier_log);

		*end++ = '\n';
		*end = '\0';
		err = load(LOG_END, end, END_OF_LOG - 1);
	}
	use_capabilities(0);
	insns_bytes = 0;
	reply(err, cut, verifier_log);
}

/* A descriptor of the attached program; negative if there is none. */
static int attached(void)
{
	union bpf_attr attr;
	__u32 id = 0;

	memset(&attr, 0, sizeof(attr));
	attr.query.attach_type = BPF_OREORE_ATTACH;
	attr.query.prog_ids = (unsigned long)&id;
	attr.query.prog_cnt = 1;
	if (bpf(BPF_PROG_QUERY, &attr) || !attr.query.prog_cnt)
		return -1;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	return bpf(BPF_PROG_GET_FD_BY_ID, &attr);
}

static int attach(void)
{
	union bpf_attr attr;
	int err, old = attached();

	memset(&attr, 0, sizeof(attr));
	attr.attach_type = BPF_OREORE_ATTACH;
	attr.attach_bpf_fd = prog_fd;
	if (old >= 0) {
		attr.attach_flags = BPF_F_REPLACE;
		attr.replace_bpf_fd = old;
	}
	err = bpf(BPF_PROG_ATTACH, &attr) ? errno : 0;
	close(old);
	return err;
}

static int run(const char *number, char *answer, size_t size)
{
	ssize_t n = -1;
	int fd = open(TRIGGER, O_RDWR);

	if (fd >= 0 && write(fd, number, strlen(number)) > 0)
		n = pread(fd, answer, size - 1, 0);
	if (n >= 0)
		answer[n] = '\0';
	n = n < 0 ? errno : 0;
	close(fd);
	return n;
}

static void serve(char *request)
{
	char answer[64] = "";
	char *argument = strchrnul(request, ' ');

	if (*argument)
		*argument++ = '\0';
	if (!strcmp(request, "insns"))
		reply(append(argument), 0, "");
	else if (!strcmp(request, "load"))
		load_and_reply(!strcmp(argument, "least"));
	else if (!strcmp(request, "attach"))
		reply(attach(), 0, "");
	else if (!strcmp(request, "run"))
		reply(run(argument, answer, sizeof(answer)), 0, answer);
	else
		reply(EINVAL, 0, "");
}

int main(void)
{
	static char request[4096];
	struct termios line;

	tcgetattr(STDIN_FILENO, &line);
	cfmakeraw(&line);
	tcsetattr(STDIN_FILENO, TCSANOW, &line);
	reply(0, 0, "");
	while (fgets(request, sizeof(request), stdin)) {
		request[strcspn(request, "\n")] = '\0';
		serve(request);
	}
	return 0;
}
