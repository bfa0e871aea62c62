// SPDX-License-Identifier: GPL-2.0-only
/*
 * agent: load programs for the page's verifier playground, from requests on a serial line.
 *
 * A request is a line; each has a reply "NAME CUT LENGTH\n" and LENGTH bytes. NAME is "ok", or that
 * of an errno or a signal.
 *   begin        forget the program and the maps; what follows is done with all capabilities
 *   begin least  the same, with no more capabilities than programs of the type need
 *   map TYPE KEY VALUE ENTRIES
 *                make a map, from a type's number and sizes; the bytes are its descriptor
 *   insns HEX    append instructions, as hex (in pieces, for a serial line has no flow control)
 *   load         give them to the verifier; the bytes are its log, and CUT says whether it was too
 *                long
 *   xlated       the bytes are the loaded program as the verifier has left it, as hex; CUT says
 *                whether there is more
 *   attach       put the loaded program into the hook, in place of the one that is there
 *   run NUMBER   write the number to /sys/oreore/bpf; the bytes are what the file says then
 *   show INDEX   what is in a map: lines "KEY VALUE" in hex, of an array only those that are not
 *                zero; CUT says whether there is more
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/sched.h>

#define MAX_INSNS	4096
#define MAX_MAPS	64
#define TRIGGER		"/sys/oreore/bpf"

/* What the page lets a map have (web/src/assembler/maps.js), and how much of it is shown. */
#define MAX_ENTRIES	4096
#define MAX_BYTES	(1 << 20)
#define SHOWN_ENTRIES	64
#define SHOWN_BYTES	64

/* log_level is made of bits, which the kernel keeps to itself (include/linux/bpf_verifier.h). */
#define LOG_EVERYTHING	2	/* each instruction, and what is known of the registers */
#define LOG_END		4	/* statistics; a refusal's reason comes at any level */
#define MAX_LOG		(1 << 18)
#define END_OF_LOG	2048

/* A slow phone fills a log in that time, and walks a million instructions, of which it writes none. */
#define SECONDS_FOR_LOG	10
#define SECONDS_FOR_END	60
#define POLL_US		5000

struct map {
	int fd;
	__u32 type;
	__u32 key_size;
	__u32 value_size;
};

/* What the process that loads leaves behind. */
struct loaded {
	int err;
	int fd;
	char log[MAX_LOG];
};

static struct bpf_insn insns[MAX_INSNS];
static size_t insns_bytes;
static struct map maps[MAX_MAPS];
static int map_count;
static struct loaded *loaded;
static int prog_fd = -1;
static int with_least;

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static void reply_name(const char *name, int cut, const char *text)
{
	printf("%s %d %zu\n%s", name, cut, strlen(text), text);
	fflush(stdout);
}

static void reply(int err, int cut, const char *text)
{
	char number[16];
	const char *name = err ? strerrorname_np(err) : "ok";

	if (!name) {
		snprintf(number, sizeof(number), "%d", err);
		name = number;
	}
	reply_name(name, cut, text);
}

static int begin(int least)
{
	while (map_count)
		close(maps[--map_count].fd);
	close(prog_fd);
	prog_fd = -1;
	insns_bytes = 0;
	with_least = least;
	return 0;
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

/* With the loader's capabilities: whether speculation may reach beyond an array depends on them. */
static int make_map(const char *sizes)
{
	struct map *map = &maps[map_count];
	union bpf_attr attr;
	int err;

	if (map_count == MAX_MAPS)
		return E2BIG;
	memset(&attr, 0, sizeof(attr));
	if (sscanf(sizes, "%u %u %u %u", &attr.map_type, &attr.key_size, &attr.value_size,
		   &attr.max_entries) != 4)
		return EINVAL;
	if (attr.key_size > MAX_BYTES || attr.value_size > MAX_BYTES)
		return E2BIG;
	err = use_capabilities(with_least);
	if (err)
		return err;
	map->fd = bpf(BPF_MAP_CREATE, &attr);
	err = map->fd < 0 ? errno : 0;
	use_capabilities(0);
	if (err)
		return err;
	map->type = attr.map_type;
	map->key_size = attr.key_size;
	map->value_size = attr.value_size;
	map_count++;
	return 0;
}

static void make_map_and_reply(const char *sizes)
{
	char number[16] = "";
	int err = make_map(sizes);

	if (!err)
		snprintf(number, sizeof(number), "%d", maps[map_count - 1].fd);
	reply(err, 0, number);
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
	loaded->fd = bpf(BPF_PROG_LOAD, &attr);
	return loaded->fd < 0 ? errno : 0;
}

/* Out of memory, the kernel kills the process with the highest score. The agent has to go on. */
static void be_the_first_to_go(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (write(fd, "1000", 4) < 0)
		perror("oom_score_adj");
	close(fd);
}

/* Wait for a process, which is ended when the last byte of its log has come. Returns its status. */
static int wait_for(pid_t pid, const volatile char *last)
{
	int status = 0;

	while (!waitpid(pid, &status, WNOHANG)) {
		if (*last)
			kill(pid, SIGALRM);
		usleep(POLL_US);
	}
	return status;
}

/*
 * Load in a process of its own, with the same descriptors: the verifier may take longer than one
 * waits, or more memory than there is, and it stops for a signal alone. Returns 0 or that signal.
 */
static int try_load(int log_level, char *log, size_t size, int seconds)
{
	const char *last = log + size - 2; /* before the terminating zero */
	int status;
	pid_t pid;

	loaded->fd = -1;
	loaded->err = EAGAIN;
	memset(log, 0, size);
	pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
	if (!pid) {
		be_the_first_to_go();
		alarm(seconds);
		loaded->err = use_capabilities(with_least);
		if (!loaded->err)
			loaded->err = load(log_level, log, size);
		_exit(0);
	}
	if (pid < 0) {
		loaded->err = errno;
		return 0;
	}
	status = wait_for(pid, last);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/*
 * A log that does not fit makes the load fail, whatever the verdict, and the verifier goes on until
 * it has one. So keep room for the end: ask again for no more than the reason and the statistics.
 */
static void load_and_reply(void)
{
	size_t whole = MAX_LOG - END_OF_LOG;
	int signal, cut;

	close(prog_fd);
	signal = try_load(LOG_EVERYTHING, loaded->log, whole, SECONDS_FOR_LOG);
	cut = signal || loaded->err == ENOSPC;
	if (cut) {
		char *end = loaded->log + strlen(loaded->log);

		*end++ = '\n';
		signal = try_load(LOG_END, end, END_OF_LOG - 1, SECONDS_FOR_END);
	}
	prog_fd = loaded->fd;
	insns_bytes = 0;
	if (signal) {
		char name[16];

		snprintf(name, sizeof(name), "SIG%s", sigabbrev_np(signal));
		reply_name(name, cut, loaded->log);
	} else {
		reply(loaded->err, cut, loaded->log);
	}
}

static char *put_hex(char *at, const unsigned char *bytes, size_t size)
{
	size_t i;

	for (i = 0; i < size && i < SHOWN_BYTES; i++)
		at += sprintf(at, "%02x", bytes[i]);
	return at;
}

static int translated(struct bpf_insn *found, __u32 *bytes)
{
	struct bpf_prog_info info;
	union bpf_attr attr;

	memset(&info, 0, sizeof(info));
	info.xlated_prog_insns = (unsigned long)found;
	info.xlated_prog_len = *bytes;
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = prog_fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (unsigned long)&info;
	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr))
		return errno;
	*bytes = info.xlated_prog_len; /* all of it, and only what there is room for was written */
	return 0;
}

static void translated_and_reply(void)
{
	static struct bpf_insn found[MAX_INSNS];
	static char text[2 * sizeof(found) + 1];
	__u32 bytes = sizeof(found);
	int err = translated(found, &bytes);
	char *at = text;
	size_t i;

	for (i = 0; !err && i < MAX_INSNS && i < bytes / sizeof(*found); i++)
		at = put_hex(at, (unsigned char *)&found[i], sizeof(*found));
	*at = '\0';
	reply(err, bytes > sizeof(found), text);
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

static int element(enum bpf_cmd cmd, const struct map *map, void *key, void *value)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map->fd;
	attr.key = (unsigned long)key;
	attr.value = (unsigned long)value; /* of BPF_MAP_GET_NEXT_KEY, the next key */
	return bpf(cmd, &attr) ? errno : 0;
}

static char *put_element(char *at, const struct map *map, const void *key, const void *value)
{
	at = put_hex(at, key, map->key_size);
	*at++ = ' ';
	at = put_hex(at, value, map->value_size);
	*at++ = '\n';
	*at = '\0';
	return at;
}

static int is_array(const struct map *map)
{
	return map->type == BPF_MAP_TYPE_ARRAY || map->type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static int is_zero(const unsigned char *bytes, size_t size)
{
	while (size && !bytes[size - 1])
		size--;
	return !size;
}

/*
 * Elements that have a key, one after the other. Of those that each processor has, the kernel gives
 * all processors' values, each rounded up to 8 bytes; here is one processor.
 */
static int show_keys(const struct map *map, char *at, int *cut)
{
	static unsigned char key[MAX_BYTES], next[MAX_BYTES], value[MAX_BYTES];
	void *before = NULL;
	int shown = 0;

	while (!element(BPF_MAP_GET_NEXT_KEY, map, before, next)) {
		before = memcpy(key, next, map->key_size);
		if (element(BPF_MAP_LOOKUP_ELEM, map, key, value))
			continue;
		if (is_array(map) && is_zero(value, map->value_size))
			continue;
		*cut = shown++ == SHOWN_ENTRIES;
		if (*cut)
			break;
		at = put_element(at, map, key, value);
	}
	return 0;
}

/* What is behind the next element of a queue is seen by taking that away; so put all back. */
static int show_queue(const struct map *map, char *at, int *cut)
{
	unsigned char *all = calloc(MAX_ENTRIES, map->value_size);
	int count = 0, i, err = 0;

	if (!all)
		return ENOMEM;
	while (count < MAX_ENTRIES && !element(BPF_MAP_LOOKUP_AND_DELETE_ELEM, map, NULL,
					       all + count * map->value_size))
		count++;
	for (i = 0; i < count && i < SHOWN_ENTRIES; i++)
		at = put_element(at, map, NULL, all + i * map->value_size);
	*cut = count > SHOWN_ENTRIES;
	for (i = 0; i < count && !err; i++) {
		int next = map->type == BPF_MAP_TYPE_STACK ? count - 1 - i : i;

		err = element(BPF_MAP_UPDATE_ELEM, map, NULL, all + next * map->value_size);
	}
	free(all);
	return err;
}

static void show_and_reply(int index)
{
	static char text[SHOWN_ENTRIES * (4 * SHOWN_BYTES + 2) + 1];
	int err = EINVAL, cut = 0;

	text[0] = '\0';
	if (index >= 0 && index < map_count) {
		const struct map *map = &maps[index];

		if (map->type == BPF_MAP_TYPE_QUEUE || map->type == BPF_MAP_TYPE_STACK)
			err = show_queue(map, text, &cut);
		else if (map->type == BPF_MAP_TYPE_RINGBUF)
			err = EOPNOTSUPP;
		else
			err = show_keys(map, text, &cut);
	}
	reply(err, cut, text);
}

static void serve(char *request)
{
	char answer[64] = "";
	char *argument = strchrnul(request, ' ');

	if (*argument)
		*argument++ = '\0';
	if (!strcmp(request, "begin"))
		reply(begin(!strcmp(argument, "least")), 0, "");
	else if (!strcmp(request, "map"))
		make_map_and_reply(argument);
	else if (!strcmp(request, "insns"))
		reply(append(argument), 0, "");
	else if (!strcmp(request, "load"))
		load_and_reply();
	else if (!strcmp(request, "xlated"))
		translated_and_reply();
	else if (!strcmp(request, "attach"))
		reply(attach(), 0, "");
	else if (!strcmp(request, "run"))
		reply(run(argument, answer, sizeof(answer)), 0, answer);
	else if (!strcmp(request, "show"))
		show_and_reply(atoi(argument));
	else
		reply(EINVAL, 0, "");
}

int main(void)
{
	static char request[4096];
	struct termios line;

	loaded = mmap(NULL, sizeof(*loaded), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (loaded == MAP_FAILED)
		return 1;
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
