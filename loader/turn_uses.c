// SPDX-License-Identifier: GPL-2.0-only
/*
 * turn_uses: give advice, and take turns, rightly and wrongly, and compare the answers, and the
 * words of libbpf or of the verifier, with what is expected.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>

#include "command.h"
#include "words.h"

#define DEVICE	"/dev/turn"
#define WRONG	"wrong_turns.o"
#define SOON	100000	/* microseconds */

static const struct load loads[] = {
	{ "who is less nice goes first", "urgent.o", NULL, 0, "" },
	{ "write that somebody was passed", WRONG, "writes", EACCES, "only read is supported" },
	{ "make a task more important", WRONG, "promotes", EACCES, "only read is supported" },
	{ "look at a third one", WRONG, "third", EACCES,
	  "func 'before' doesn't have 3-th argument" },
	{ "think for ever", WRONG, "for_ever", EINVAL, "infinite loop detected" },
	{ "a program that may sleep", WRONG, "sleeper", EINVAL,
	  "attach to unsupported member before of struct turn_ops" },
};

static int give_advice(const char *file, const char *name)
{
	struct bpf_object *object = load_one(file, name);
	struct bpf_link *link = bpf_map__attach_struct_ops(first_struct(object));
	int err = link ? 0 : errno;

	bpf_link__destroy(link);
	bpf_object__close(object);
	return err;
}

/* All that it has to do is to end what waits. */
static void on_alarm(int number)
{
	(void)number;
}

/* Wait for the turn, but not for long; a descriptor, or -errno. */
static int take_soon(void)
{
	struct sigaction action = { .sa_handler = on_alarm };	/* open() is not begun again */
	int fd;

	sigaction(SIGALRM, &action, NULL);
	ualarm(SOON, 0);
	fd = open(DEVICE, O_RDONLY);
	ualarm(0, 0);
	return fd < 0 ? -errno : fd;
}

static pid_t start_holder(void)
{
	int came[2];
	pid_t child;
	char byte;

	if (pipe(came))
		return -1;
	child = fork();
	if (!child) {
		if (open(DEVICE, O_RDONLY) >= 0 && write(came[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(came[1]);
	if (read(came[0], &byte, 1) != 1)
		perror(DEVICE);
	close(came[0]);
	return child;
}

static void end(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void turns(void)
{
	pid_t holder = start_holder();
	int fd;

	expect("take the turn of somebody, without waiting",
	       open(DEVICE, O_RDONLY | O_NONBLOCK) < 0 ? errno : 0, EAGAIN, "");
	expect("wait, until an alarm", -take_soon(), EINTR, "");
	end(holder);
	fd = take_soon();
	expect("the one who had it was killed", fd < 0 ? -fd : 0, 0, "");
	expect("take it once more", -take_soon(), EINTR, "");
	expect("write to it", write(fd, "1", 1) < 0 ? errno : 0, EBADF, "");
	close(fd);
	fd = open(DEVICE, O_RDWR | O_NONBLOCK);
	expect("write to it, opened for that", write(fd, "1", 1) < 0 ? errno : 0, EINVAL, "");
	close(fd);
}

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);	/* or a child would print what is not written yet */
	libbpf_set_print(listen_to);

	for (size_t i = 0; i < sizeof(loads) / sizeof(*loads); i++)
		expect(loads[i].use, try_one(loads[i].file, loads[i].name), loads[i].expected,
		       loads[i].words);
	expect("no advice at all", give_advice(WRONG, "nothing"), EINVAL, "");
	expect("the newest first", give_advice("newest.o", NULL), 0, "");
	turns();
	return failures ? 1 : 0;
}
