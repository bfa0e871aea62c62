// SPDX-License-Identifier: GPL-2.0-only
/* count ADDEND LIMIT COMMAND: attach bpf/count.bpf.c while a command runs, then say what it saw. */
#include "object.h"

#include "bpf/count.h"
#include "bpf/count.skel.h"

static void print_records(const struct count_bpf *program, pid_t child)
{
	int records = bpf_map__fd(program->maps.records);
	int asked_by = bpf_map__fd(program->maps.asked_by);
	__u32 tgid = child;
	struct record record;
	__u64 times = 0;

	while (!bpf_map_lookup_and_delete_elem(records, NULL, &record))
		printf("%u: %u, asked by %s\n", record.value, record.answer,
		       record.tgid == tgid ? "the command" : "somebody else");
	bpf_map_lookup_elem(asked_by, &tgid, &times);
	printf("answered the command %llu times, refused %llu numbers\n", times,
	       program->bss->refused);
}

int main(int argc, char **argv)
{
	struct count_bpf *program;
	pid_t child;
	int fd;

	if (argc != 4) {
		fprintf(stderr, "usage: count ADDEND LIMIT COMMAND\n");
		return 2;
	}

	libbpf_set_print(say);
	program = know_oreore() < 0 ? NULL : count_bpf__open();
	if (!program)
		return 1;

	program->rodata->addend = atoi(argv[1]);	/* before it is loaded: a constant of it */
	if (count_bpf__load(program))
		return 1;
	program->data->limit = atoi(argv[2]);		/* at any time: the program reads it */

	fd = bpf_program__fd(program->progs.count);
	if (attach_in_place(fd)) {
		fprintf(stderr, "attach: %s\n", strerror(errno));
		return 1;
	}
	child = run_command(argv[3], NULL);
	print_records(program, child);
	detach(fd, 0);
	count_bpf__destroy(program);
	return 0;
}
