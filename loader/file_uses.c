// SPDX-License-Identifier: GPL-2.0-only
/* file_uses: attach programs to open files of /dev/oreore, rightly and wrongly. */
#define _GNU_SOURCE
#include <fcntl.h>

#include "link.h"
#include "uses.h"

#define PLACE	BPF_OREORE_FILE
#define DEVICE	"/dev/oreore"

static int link_to_file(int prog, int file)
{
	return link_create(prog, PLACE, file, 0);
}

static int open_device(int flags, int unused)
{
	(void)unused;
	return open(DEVICE, flags);
}

static int write_1(int file, int unused)
{
	(void)unused;
	return write(file, "1\n", 2);
}

/* What the file's program makes of 1, or -1. */
static int answer(int file)
{
	char text[16] = "";

	if (write_1(file, 0) < 0 || pread(file, text, sizeof(text) - 1, 0) < 0)
		return -1;
	return atoi(text);
}

static void create(int a, int file, int machines)
{
	int null = open("/dev/null", O_RDWR), readable = open(DEVICE, O_RDONLY);

	expect("write where no program is attached", write_1(file, 0), ENOENT);
	expect("link to what is no file", link_to_file(a, -1), EBADF);
	expect("link to another device", link_to_file(a, null), EINVAL);
	expect("link to the device, open for reading only", link_to_file(a, readable), EBADF);
	expect("link a program for the machine's hook to a file", link_to_file(machines, file),
	       EINVAL);
	expect("link a program for files to the machine's hook",
	       link_create(a, BPF_OREORE_ATTACH, 0, 0), EINVAL);
	expect("BPF_PROG_ATTACH to a file", attach_to(PLACE, a, file, 0, 0), EINVAL);
	expect("BPF_PROG_ATTACH of a program for files", attach(a, 0, 0, 0), EINVAL);
	expect("write, after all that", write_1(file, 0), ENOENT);
	close(null);
	close(readable);
}

static void two_at_once(int a, int b, int file, int machines)
{
	int other = open_device(O_RDWR, 0), copy = dup(file), link = link_to_file(a, file);
	int second = link_to_file(b, other);

	expect("link A to a file", link, 0);
	expect("link B to another one", second, 0);
	expect_that("the first file says 43, the other 2",
		    answer(file) == 43 && answer(other) == 2);
	expect_that("a copy of the first descriptor says 43", answer(copy) == 43);
	expect("link B to the copy", link_to_file(b, copy), EEXIST);
	expect("update to a program for the machine's hook", link_update(link, machines, 0, 0),
	       EINVAL);
	expect("write as nobody, with the descriptor", as_nobody(write_1, file, 0), 0);
	expect("open the device as nobody", as_nobody(open_device, O_RDWR, 0), EACCES);

	close(link);
	expect("the link is closed: write", write_1(file, 0), ENOENT);
	expect_that("the other file says 2", answer(other) == 2);
	expect("link B as nobody, with the descriptors", as_nobody(link_to_file, b, file), 0);
	expect("that link's only holder is gone: write", write_1(file, 0), ENOENT);

	close(other);
	expect_that("the other file is closed, its link says so", !is_attached(second));
	expect("update after that", link_update(second, a, 0, 0), ENOLINK);
	close(second);
	close(copy);
}

int main(void)
{
	unsigned int before = programs_left();
	int a = load_for("add-42", PLACE), b = load_for("double", PLACE);
	int machines = load_for("add-42", BPF_OREORE_ATTACH), file = open_device(O_RDWR, 0);

	create(a, file, machines);
	two_at_once(a, b, file, machines);

	close(a);
	close(b);
	close(machines);
	close(file);
	expect_that("all is closed: no program is left of these", programs_left() == before);
	return failures ? 1 : 0;
}
