// SPDX-License-Identifier: GPL-2.0-only
/*
 * out_of_memory [--some] [CALL]...: make each call (all, if none is named) again and again, and
 * let its first allocation fail, then its second, and so on, until there is none left to fail.
 * Whenever one has failed, the call must answer with an error and have changed nothing, or do its
 * work all the same. And when all that it made is taken back, nothing may be left.
 *
 * --some: print whether there were any, not how many.
 */
#define _GNU_SOURCE
#include "fail.h"
#include "link.h"

#define DEVICE	"/dev/oreore"
#define SYSFS	"/sys/oreore/bpf"

/* What a call is made with: programs that nobody else holds, and what it needs besides. */
static int prog_a, prog_b, prog_for_files, file, link_fd;
static int *const ours[] = { &prog_a, &prog_b, &prog_for_files, &file, &link_fd };

#define OURS	(sizeof(ours) / sizeof(*ours))

static int answers_43(int fd)
{
	char text[16] = "";

	return pwrite(fd, "1\n", 2, 0) == 2 && pread(fd, text, sizeof(text) - 1, 0) > 0 &&
	       atoi(text) == 43;
}

static __u32 id_in_hook(void)
{
	__u32 id = 0;

	return query(&id, 0, NULL) == 1 ? id : 0;
}

static int not_empty(int result)
{
	(void)result;
	return id_in_hook() != 0;
}

static int empty(int result)
{
	return !not_empty(result);
}

static int attach_a(void)
{
	return attach(prog_a, 0, 0, 0);
}

static int replace_a(void)
{
	return attach(prog_b, 0, BPF_F_REPLACE, prog_a);
}

static int detach_a(void)
{
	return detach(prog_a, 0);
}

static int load(void)
{
	return load_for_hook("add-42");
}

static int runs(int prog)
{
	__u32 answer;

	return !test_run(prog, 1, 1, &answer) && answer == 43;
}

static int ask(void)
{
	__u32 id;

	return query(&id, 0, NULL) < 0 ? -1 : 0;
}

static int try_a(void)
{
	__u32 answer;

	return test_run(prog_a, 1, 1, &answer);
}

/* A descriptor of what somebody has attached. */
static int find(void)
{
	return fd_of(id_in_hook());
}

static int link_a(void)
{
	return link_create(prog_a, BPF_OREORE_ATTACH, 0, 0);
}

static int arrange_link(void)
{
	link_fd = link_a();
	return link_fd;
}

static int update_link(void)
{
	return link_update(link_fd, prog_b, BPF_F_REPLACE, prog_a);
}

static int detach_link(void)
{
	return link_detach(link_fd);
}

static int close_link(void)
{
	int fd = link_fd;

	link_fd = -1;
	return close(fd);
}

static int open_device(void)
{
	return open(DEVICE, O_RDWR);
}

static int arrange_file(void)
{
	file = open_device();
	return file;
}

static int link_to_file(void)
{
	return link_create(prog_for_files, BPF_OREORE_FILE, file, 0);
}

static int file_answers(int result)
{
	(void)result;
	return answers_43(file);
}

static int arrange_file_and_link(void)
{
	if (arrange_file() < 0)
		return -1;
	link_fd = link_to_file();
	return link_fd;
}

static int write_1(void)
{
	return pwrite(file, "1\n", 2, 0) < 0 ? -1 : 0;
}

static int close_file(void)
{
	int fd = file;

	file = -1;
	return close(fd);
}

static int arrange_sysfs(void)
{
	file = open(SYSFS, O_RDWR);
	return file < 0 ? -1 : attach_a();
}

/* What must be there before, the call itself, and what proves that it has done its work. */
static const struct call {
	const char *name;
	int (*arrange)(void);
	int (*make)(void);	/* a descriptor, or 0 */
	int (*proof)(int result);
} calls[] = {
	{ "load", NULL, load, runs },
	{ "test run", NULL, try_a, NULL },
	{ "attach", NULL, attach_a, not_empty },
	{ "replace", attach_a, replace_a, not_empty },
	{ "query", attach_a, ask, not_empty },
	{ "find by number", attach_a, find, runs },
	{ "detach", attach_a, detach_a, empty },
	{ "write to sysfs", arrange_sysfs, write_1, file_answers },
	{ "link", NULL, link_a, not_empty },
	{ "update link", arrange_link, update_link, not_empty },
	{ "detach link", arrange_link, detach_link, empty },
	{ "close link", arrange_link, close_link, empty },
	{ "open device", NULL, open_device, NULL },
	{ "link to file", arrange_file, link_to_file, file_answers },
	{ "write to file", arrange_file_and_link, write_1, file_answers },
	{ "close file", arrange_file_and_link, close_file, NULL },
};

/* All that a call could leave behind and that can be counted from here. */
struct state {
	unsigned int programs, links;
	__u32 id_in_hook;
	int descriptor;		/* the lowest free one */
};

static struct state look(void)
{
	struct state state = {
		.programs = count_of(BPF_PROG_GET_NEXT_ID),
		.links = count_of(BPF_LINK_GET_NEXT_ID),
		.id_in_hook = id_in_hook(),
		.descriptor = dup(0),
	};

	close(state.descriptor);
	return state;
}

static int differ(const struct state *one, const struct state *other)
{
	return !!memcmp(one, other, sizeof(*one));
}

static void arrange(const struct call *call)
{
	prog_a = load_for_hook("add-42");
	prog_b = load_for_hook("add-42");
	prog_for_files = load_for("add-42", BPF_OREORE_FILE);
	file = -1;
	link_fd = -1;

	if (prog_a < 0 || prog_b < 0 || prog_for_files < 0 ||
	    (call->arrange && call->arrange() < 0)) {
		fprintf(stderr, "what '%s' needs: %s\n", call->name, strerror(errno));
		exit(2);
	}
}

static void take_back(int result)
{
	if (result > 0)
		close(result);
	detach(prog_a, 0);
	detach(prog_b, 0);
	for (size_t i = 0; i < OURS; i++)
		if (*ours[i] >= 0)
			close(*ours[i]);
}

/* Make the call while its @nth allocation fails. How many more it would have taken: 0 if it did. */
static unsigned int make(const struct call *call, unsigned int nth, struct sum *sum)
{
	struct state start = look(), before, after;
	unsigned int more;
	int result, error;

	arrange(call);
	before = look();

	fail_at(nth);
	result = call->make();
	error = errno;
	more = fail_end();

	after = look();
	if (result >= 0) {
		sum->went_on += !more;
		sum->wrong += call->proof && !call->proof(result);
	} else {
		add_error(sum, error);
		sum->wrong += !!more;
		sum->half_done += differ(&before, &after);
		if (sum->half_done)
			return more;	/* who knows what would come of another call */
	}

	take_back(result);
	after = look();
	sum->left += differ(&start, &after);
	return more;
}

/* Whether all was right. Each try begins after one without a failure, so that all find the same. */
static int try_all(const struct call *call, int some)
{
	struct sum sum = { 0 };
	unsigned int nth = 0;

	do
		make(call, NONE, &sum);
	while (!make(call, ++nth, &sum) && !sum.half_done);

	print_row(call->name, &sum, some);
	if (sum.half_done)
		exit(1);
	return all_was_right(&sum);
}

static int is_named(const char *name, int count, char **names)
{
	int found = !count;

	for (int i = 0; i < count; i++)
		found |= !strcmp(names[i], name);
	return found;
}

int main(int argc, char **argv)
{
	int some = argc > 1 && !strcmp(argv[1], "--some"), first = 1 + some, made = 0, good = 1;
	struct sum ignored = { 0 };

	fail_open();
	if (make(&calls[0], NONE, &ignored) == NONE) {
		fprintf(stderr, "No allocation is counted. First: sh fail_on_demand.sh\n");
		return 2;
	}

	print_head("call");
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		if (!is_named(calls[i].name, argc - first, argv + first))
			continue;
		made++;
		good &= try_all(&calls[i], some);
	}
	if (!made) {
		fprintf(stderr, "There is no such call.\n");
		return 2;
	}
	return !good;
}
