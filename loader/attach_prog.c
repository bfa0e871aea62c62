// SPDX-License-Identifier: GPL-2.0-only
/* attach_prog NAME: attach a program of progs.h, in the place of any other, and leave it there. */
#include <stdio.h>

#include "attach.h"

int main(int argc, char **argv)
{
	int fd;

	if (argc != 2 || !find_prog(argv[1])) {
		fprintf(stderr, "usage: attach_prog NAME; see progs.h for the names\n");
		return 2;
	}

	fd = load_for_hook(argv[1]);
	if (fd < 0) {
		fprintf(stderr, "load: %s\n", strerror(errno));
		return 1;
	}
	if (attach_in_place(fd)) {
		fprintf(stderr, "attach: %s\n", strerror(errno));
		return 1;
	}
	return 0;
}
