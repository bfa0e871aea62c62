// SPDX-License-Identifier: GPL-2.0-only
/* call_costs NAME: attach a program of bpf/call_costs.bpf.c, in the place of any other. */
#include "object.h"

#include "bpf/call_costs.skel.h"

int main(int argc, char **argv)
{
	struct call_costs_bpf *object;
	struct bpf_program *program;

	libbpf_set_print(say);
	object = argc == 2 && know_oreore() >= 0 ? call_costs_bpf__open_and_load() : NULL;
	program = object ? bpf_object__find_program_by_name(object->obj, argv[1]) : NULL;
	if (!program || attach_in_place(bpf_program__fd(program))) {
		fprintf(stderr, "call_costs: %s\n", strerror(errno));
		return 1;
	}
	return 0;
}
