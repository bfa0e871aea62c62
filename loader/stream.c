// SPDX-License-Identifier: GPL-2.0-only
/* stream COMMAND: attach bpf/stream.bpf.c while a command runs, and tell of each number at once. */
#include "object.h"

#include "bpf/count.h"
#include "bpf/stream.skel.h"

static struct ring_buffer *reader;

static int on_record(void *context, void *data, size_t size)
{
	const struct record *record = data;

	(void)context;
	(void)size;
	printf("%u: %u\n", record->value, record->answer);
	return 0;
}

static void read_records(void)
{
	ring_buffer__poll(reader, 10 /* ms, if there is nothing */);
}

int main(int argc, char **argv)
{
	struct stream_bpf *program;
	int fd;

	if (argc != 2) {
		fprintf(stderr, "usage: stream COMMAND\n");
		return 2;
	}

	libbpf_set_print(say);
	program = know_oreore() < 0 ? NULL : stream_bpf__open_and_load();
	if (!program)
		return 1;

	fd = bpf_program__fd(program->progs.stream);
	reader = ring_buffer__new(bpf_map__fd(program->maps.records), on_record, NULL, NULL);
	if (!reader || attach_in_place(fd)) {
		fprintf(stderr, "attach: %s\n", strerror(errno));
		return 1;
	}
	run_command(argv[1], read_records);
	ring_buffer__consume(reader);	/* what came after the last look */
	detach(fd, 0);
	ring_buffer__free(reader);
	stream_bpf__destroy(program);
	return 0;
}
