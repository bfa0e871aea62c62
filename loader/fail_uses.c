// SPDX-License-Identifier: GPL-2.0-only
/* fail_uses: let allocations fail, rightly and wrongly. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/prctl.h>

#include "fail.h"
#include "uses.h"

static const char *const files[] = {
	"/proc/thread-self/fail-nth", "/proc/1/fail-nth", "/sys/kernel/debug/failslab/verbose",
};

enum { OWN, INITS, SETTING };

static int write_text(const char *text)
{
	return pwrite(fail_nth, text, strlen(text), 0);
}

static int open_file(int which, int dumpable)
{
	if (dumpable && prctl(PR_SET_DUMPABLE, 1))
		return -1;
	return open(files[which], O_RDWR);
}

/* What a child finds in its own file while ours says that the fifth allocation is to fail. */
static int inherited(void)
{
	int status;

	fail_at(5);
	if (!fork()) {
		fail_open();
		_exit(fail_end());
	}
	wait(&status);
	fail_at(0);
	return WEXITSTATUS(status);
}

int main(void)
{
	fail_open();
	expect("a word", write_text("two"), EINVAL);
	expect("a number below zero", write_text("-1"), EINVAL);
	expect("a number of more than 32 bits", write_text("4294967296"), ERANGE);
	expect("the largest number", write_text("4294967295"), 0);
	fail_at(0);

	fail_at(1);
	expect("open a file while the first allocation fails", open("/dev/null", O_RDWR), ENOMEM);
	expect("open it again", open("/dev/null", O_RDWR), 0);
	expect_that("one has failed, and no more will", !fail_end());
	expect_that("a child begins without", !inherited());

	expect("for another task", open_file(INITS, 0), 0);
	expect("for another task, as nobody", as_nobody(open_file, INITS, 0), EACCES);
	expect("for oneself, as nobody who was root", as_nobody(open_file, OWN, 0), EACCES);
	expect("... and who may be dumped", as_nobody(open_file, OWN, 1), 0);
	expect("change the settings as nobody", as_nobody(open_file, SETTING, 0), EACCES);
	return failures ? 1 : 0;
}
