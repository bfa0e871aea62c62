// SPDX-License-Identifier: GPL-2.0-only
/*
 * schedule_uses: register schedulers, rightly and wrongly, and compare the answers, and the words
 * of libbpf or of the verifier, with what is expected.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>

#include "command.h"
#include "words.h"

#define FILE_NAME	"wrong_schedulers.o"
#define STATE		"/sys/kernel/sched_ext/state"
#define PATIENCE	500	/* turns of 10 ms */

static const struct load loads[] = {
	{ "a name, and nothing else", FILE_NAME, "plain", 0, "" },
	{ "no name", FILE_NAME, "nameless", EINVAL, "" },
	{ "a name with a blank", FILE_NAME, "blank", EINVAL, "" },
	{ "31 seconds of patience", FILE_NAME, "patient", E2BIG, "" },
	{ "a flag that there is not", FILE_NAME, "flagged", EINVAL, "" },
	{ "a program that may sleep, to enqueue", FILE_NAME, "sleeper", EINVAL,
	  "attach to unsupported member enqueue of struct sched_ext_ops" },
	{ "a function that sleeps", FILE_NAME, "maker", EACCES,
	  "program must be sleepable to call sleepable kfunc scx_bpf_create_dsq" },
	{ "a function that is not on the list", FILE_NAME, "killer", EINVAL,
	  "program of this type cannot use helper bpf_send_signal#109" },
	{ "a task that there may not be", FILE_NAME, "careless", EACCES,
	  "invalid mem access 'trusted_ptr_or_null_'" },
	{ "rename a task", FILE_NAME, "renamer", EACCES, "" },
	{ "end a task's turn", FILE_NAME, "hasty", 0, "" },
};

/* The object with this scheduler and no other, loaded; or NULL. */
static struct bpf_object *load_scheduler(const char *file, const char *name)
{
	struct bpf_object *object = bpf_object__open_file(file, NULL);

	if (!object)
		return NULL;
	keep_struct(object, name);
	if (!bpf_object__load(object))
		return object;
	bpf_object__close(object);
	return NULL;
}

static struct bpf_link *start(struct bpf_object *object, const char *name)
{
	return bpf_map__attach_struct_ops(bpf_object__find_map_by_name(object, name));
}

/* Load a scheduler, register it, and take it out; an errno, or 0. */
static int try_scheduler(const char *file, const char *name)
{
	struct bpf_object *object = load_scheduler(file, name);
	struct bpf_link *link;
	int err = errno;

	if (!object)
		return err;
	link = start(object, name);
	err = link ? 0 : errno;
	bpf_link__destroy(link);
	bpf_object__close(object);
	return err;
}

static int is_on(void)
{
	char state[16] = "";
	int fd = open(STATE, O_RDONLY);

	if (read(fd, state, sizeof(state) - 1) < 0)
		perror(STATE);
	close(fd);
	return strcmp(state, "disabled\n");
}

static void expect_thrown_out(const char *use, const char *name)
{
	struct bpf_object *object = load_scheduler(FILE_NAME, name);
	struct bpf_link *link = start(object, name);

	expect(use, link ? 0 : errno, 0, "");
	for (int turns = 0; is_on() && turns < PATIENCE; turns++)
		usleep(10000);
	expect_that("    and it is thrown out", !is_on());
	bpf_link__destroy(link);
	bpf_object__close(object);
}

static int as_nobody(struct bpf_object *object, const char *name)
{
	int status;

	if (!fork())
		_exit(become_nobody_with(0) ? 255 : start(object, name) ? 0 : errno);
	wait(&status);
	return WEXITSTATUS(status);
}

static void as_others(void)
{
	struct bpf_object *plain = load_scheduler(FILE_NAME, "plain");

	expect("load as nobody", load_with(0, "favour.o"), EPERM, "");
	expect("with CAP_BPF and CAP_SYS_NICE",
	       load_with(CAP(BPF) | CAP(SYS_NICE), "favour.o"), EPERM, "");
	expect("with CAP_BPF and CAP_PERFMON",
	       load_with(CAP(BPF) | CAP(PERFMON), "favour.o"), 0, "");
	expect("register as nobody, with its descriptor", as_nobody(plain, "plain"), 0, "");
	expect_that("    and it goes with its process", !is_on());
	bpf_object__close(plain);
}

static void two_of_them(void)
{
	struct bpf_object *plain = load_scheduler(FILE_NAME, "plain");
	struct bpf_object *other = load_scheduler(FILE_NAME, "other");
	struct bpf_link *link = start(plain, "plain");

	expect("register", link ? 0 : errno, 0, "");
	expect_that("    and it is on", is_on());
	expect("register it again", start(plain, "plain") ? 0 : errno, EBUSY, "");
	expect("register another one", start(other, "other") ? 0 : errno, EBUSY, "");
	expect("put another one in its place",
	       -bpf_link__update_map(link, bpf_object__find_map_by_name(other, "other")),
	       EOPNOTSUPP, "");
	bpf_link__destroy(link);
	expect_that("close the link: it is out", !is_on());

	link = start(plain, "plain");
	expect("register it once more", link ? 0 : errno, 0, "");
	bpf_link__destroy(link);
	bpf_object__close(plain);
	bpf_object__close(other);
}

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);	/* or a child would print what is not written yet */
	libbpf_set_print(listen_to);

	for (size_t i = 0; i < sizeof(loads) / sizeof(*loads); i++)
		expect(loads[i].use, try_scheduler(loads[i].file, loads[i].name),
		       loads[i].expected, loads[i].words);
	as_others();
	two_of_them();
	expect_thrown_out("a start that says no", "refuser");
	expect_thrown_out("put a task into a queue that there is not", "nowhere");
	expect_thrown_out("take one, where one is to be put", "taker");
	return failures ? 1 : 0;
}
