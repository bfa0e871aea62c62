// SPDX-License-Identifier: GPL-2.0-only
/*
 * module_uses: load programs for the module oreore_ops and attach them, rightly and wrongly, and
 * compare the answers, and the words of libbpf or of the verifier, with what is expected.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "command.h"
#include "words.h"

#define FILE_NAME	"/sys/oreore/bpf"
#define HOOKS		"wrong_hooks.o"
#define REPLACEMENTS	500
#define PATIENCE	500	/* turns of 10 ms */

static struct bpf_object *objects[5];
static int loaded;

static const struct load loads[] = {
	{ "add 42", "answer.o", NULL, 0, "" },
	{ "who asks: a field of the task", "wrong_ops.o", "who_asks", 0, "" },
	{ "refuse: call the module's function", HOOKS, "refuser", 0, "" },
	{ "write the error", "wrong_ops.o", "refuse", EACCES, "only read is supported" },
	{ "write the number", "wrong_ops.o", "write_value", EACCES, "only read is supported" },
	{ "write to the task", "wrong_ops.o", "write_task", EACCES, "only read is supported" },
	{ "what is behind the struct", "wrong_ops.o", "behind_the_end", EACCES,
	  "access beyond struct bpf_oreore_kern at off 16 size 4" },
	{ "a second argument", "wrong_ops.o", "takes_two", EACCES,
	  "func 'answer' doesn't have 2-th argument" },
	{ "an address as the answer", "wrong_ops.o", "an_address", 0, "" },
	{ "a helper that is not on our list", "wrong_ops.o", "not_for_us", EINVAL,
	  "program of this type cannot use helper bpf_get_current_pid_tgid#14" },
	{ "a program that may sleep", HOOKS, "sleeper", EINVAL,
	  "attach to unsupported member answer of struct oreore_ops" },
	{ "from a program that is not under the GPL", "unfree_ops.o", NULL, EINVAL,
	  "struct ops programs must have a GPL compatible license" },
	{ "a function that is not on the list", HOOKS, "for_another", EINVAL,
	  "oreore_last_answer() is not modifiable" },
	{ "call the module's function from there", HOOKS, "calls", EACCES,
	  "calling kernel function oreore_last_answer is not allowed" },
};

/* The struct that this program fills, loaded; or the one that nothing fills. */
static struct bpf_map *load_ops(const char *name)
{
	struct bpf_object *object = load_one(HOOKS, name);
	char ops[64];

	objects[loaded++] = object;
	snprintf(ops, sizeof(ops), "%s_ops", name);
	return bpf_object__find_map_by_name(object, ops);
}

/* What the file answers to 1, or -errno. */
static int ask(void)
{
	int fd = open(FILE_NAME, O_RDWR);
	int answer = write(fd, "1", 1) == 1 ? 0 : -errno;
	char said[16] = "";

	if (!answer)
		answer = pread(fd, said, sizeof(said) - 1, 0) > 0 ? atoi(said) : -errno;
	close(fd);
	return answer;
}

static int remove_module(void)
{
	return syscall(SYS_delete_module, "oreore_ops", O_NONBLOCK) ? errno : 0;
}

/* Ask for ever, and count: all answers, and those that are neither 5 nor 6. */
static void keep_asking(unsigned long *asked, unsigned long *others)
{
	for (;;) {
		int answer = ask();

		if (answer != 5 && answer != 6)
			__atomic_add_fetch(others, 1, __ATOMIC_RELAXED);
		__atomic_add_fetch(asked, 1, __ATOMIC_RELAXED);
	}
}

/* One after the other, while a child asks: how often was the answer neither's? Or -1. */
static long asked_between(struct bpf_link *link, struct bpf_map *one, struct bpf_map *other)
{
	unsigned long *counts = mmap(NULL, 2 * sizeof(*counts), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child = fork();
	int err = 0;

	if (!child)
		keep_asking(&counts[0], &counts[1]);
	while (!__atomic_load_n(&counts[0], __ATOMIC_RELAXED))
		usleep(1000);
	for (int i = 0; i < REPLACEMENTS && !err; i++)
		err = bpf_link__update_map(link, i % 2 ? one : other);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return err ? -1 : (long)counts[1];
}

static int replace(struct bpf_link *link, struct bpf_map *new, struct bpf_map *expected)
{
	LIBBPF_OPTS(bpf_link_update_opts, opts, .flags = BPF_F_REPLACE,
		    .old_map_fd = bpf_map__fd(expected));

	return bpf_link_update(bpf_link__fd(link), bpf_map__fd(new), &opts) ? errno : 0;
}

static int to_register(struct bpf_map *map)
{
	struct bpf_link *link = bpf_map__attach_struct_ops(map);
	int err = link ? 0 : errno;

	bpf_link__destroy(link);
	return err;
}

static void structs(void)
{
	struct bpf_map *nothing = load_ops("nothing");
	struct bpf_map *five = load_ops("five"), *six = load_ops("six");
	struct bpf_map *refuser = load_ops("refuser");
	struct bpf_link *link;

	expect("register a struct without the function", to_register(nothing), EINVAL, "");
	link = bpf_map__attach_struct_ops(five);
	expect("register one with it", link ? 0 : errno, 0, "");
	expect("register it again", to_register(five), EEXIST, "");
	expect("register another one", to_register(six), EEXIST, "");
	expect("put another one in its place", replace(link, six, five), 0, "");
	expect("in the place of one that is not there", replace(link, six, five), EPERM, "");
	expect("put nothing in its place", replace(link, nothing, six), EINVAL, "");
	expect_that("the second one answers", ask() == 6);
	expect_that("one of them always does, 500 times over", !asked_between(link, five, six));
	expect("put one there that refuses", -bpf_link__update_map(link, refuser), 0, "");
	expect("ask it", -ask(), EDOM, "");
	expect("remove the module", remove_module(), EAGAIN, "");

	expect("detach the link", -bpf_link__detach(link), 0, "");
	expect_that("the module's own function answers", ask() == 1);
	expect("put one in its place after that", replace(link, six, five), ENOLINK, "");
	bpf_link__destroy(link);
}

static void expect_answer_of(const char *use, const char *name, int err)
{
	struct bpf_object *object = load_one(HOOKS, name);
	struct bpf_link *link = bpf_program__attach(bpf_object__find_program_by_name(object, name));

	expect(use, ask() < 0 ? -ask() : 0, err, "");
	bpf_link__destroy(link);
	bpf_object__close(object);
}

static void as_others(void)
{
	expect("load as nobody", load_with(0, "answer.o"), ESRCH, "");
	expect("with CAP_BPF and CAP_PERFMON", load_with(CAP(BPF) | CAP(PERFMON), "answer.o"),
	       ESRCH, "");
	expect("and CAP_SYS_ADMIN", load_with(CAP(BPF) | CAP(PERFMON) | CAP(SYS_ADMIN), "answer.o"),
	       0, "");
}

int main(void)
{
	int err;

	setvbuf(stdout, NULL, _IONBF, 0);	/* or a child would print what is not written yet */
	libbpf_set_print(listen_to);

	for (size_t i = 0; i < sizeof(loads) / sizeof(*loads); i++)
		expect(loads[i].use, try_one(loads[i].file, loads[i].name), loads[i].expected,
		       loads[i].words);
	as_others();
	structs();
	expect_answer_of("a program that says 5, not an error", "says_5", EINVAL);
	expect_answer_of("an error that is the kernel's own", "says_erestartsys", EINVAL);
	expect_that("without it, the module answers", ask() == 1);

	while (loaded)
		bpf_object__close(objects[--loaded]);
	for (int turns = 0; (err = remove_module()) == EAGAIN && turns < PATIENCE; turns++)
		usleep(10000);
	expect("remove the module", err, 0, "");
	return failures ? 1 : 0;
}
