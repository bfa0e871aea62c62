// SPDX-License-Identifier: GPL-2.0-only
/*
 * object_uses: load objects that are right and wrong, and compare the answers, and the words of
 * libbpf or of the verifier, with what is expected.
 */
#define _GNU_SOURCE
#include <stdbool.h>

#include "object.h"
#include "words.h"

/* Load it, then have libbpf attach it: libbpf would do so with a link, and was not told how. */
static int attach_by_libbpf(const char *file)
{
	struct bpf_object *object = bpf_object__open_file(file, NULL);
	struct bpf_link *link;
	int err;

	if (!object || bpf_object__load(object))
		return errno;
	link = bpf_program__attach(bpf_object__next_program(object, NULL));
	err = link ? 0 : errno;
	bpf_link__destroy(link);
	bpf_object__close(object);
	return err;
}

/* Change a constant of the program, when it is loaded already or before. */
static int set_a_constant(const char *file, bool late)
{
	struct bpf_object *object = bpf_object__open_file(file, NULL);
	struct bpf_map *constants;
	__u32 addend = 1;
	int err;

	if (!object || (late && bpf_object__load(object)))
		return errno;
	constants = bpf_object__find_map_by_name(object, ".rodata");
	err = bpf_map__set_initial_value(constants, &addend, sizeof(addend));
	bpf_object__close(object);
	return -err;
}

static const struct load loads[] = {
	{ "a program that is right", "add_42.o", NULL, 0, "" },
	{ "a section of another name", "wrong.o", "section", EINVAL,
	  "missing BPF prog type, check ELF section name 'oreor'" },
	{ "a helper that is not in the list", "wrong.o", "helper", EINVAL,
	  "unknown func bpf_get_current_pid_tgid#14" },
	{ "a helper for the GPL, and no license", "no_license.o", NULL, EINVAL,
	  "cannot call GPL-restricted function from non-GPL compatible program" },
	{ "a read behind the last field", "wrong.o", "behind", EACCES,
	  "invalid bpf_context access off=12 size=4" },
	{ "a read of two fields at once", "wrong.o", "wide", EACCES,
	  "invalid bpf_context access off=0 size=8" },
	{ "a store to the number", "wrong.o", "store", EACCES,
	  "invalid bpf_context access off=0 size=4" },
	{ "a pointer made of the number", "wrong.o", "pointer", EACCES,
	  "invalid mem access 'scalar'" },
	{ "an index that nobody checked", "wrong.o", "entry", EACCES,
	  "unbounded memory access, make sure to bounds check any such access" },
	{ "a loop without an end", "wrong.o", "endless", EINVAL, "infinite loop detected" },
	{ "a field of another kernel", "wrong.o", "later", EINVAL,
	  "failed to resolve CO-RE relocation <byte_off>" },
	{ "a map, and no BTF", "no_btf.o", NULL, ENOENT,
	  "BTF is required, but is missing or corrupted" },
	{ "a file that is not there", "nosuch.o", NULL, ENOENT, "No such file or directory" },
};

int main(void)
{
	int handler;

	setvbuf(stdout, NULL, _IONBF, 0);	/* or a child would print what is not written yet */
	libbpf_set_print(listen_to);
	expect("no handler", load("add_42.o", NULL), EINVAL,
	       "missing BPF prog type, check ELF section name 'oreore'");

	handler = know_oreore();
	expect_loads(loads, sizeof(loads) / sizeof(*loads));
	expect("nobody, without a capability", load_with(0, "add_42.o"), EPERM, "");
	expect("attached by libbpf itself", attach_by_libbpf("add_42.o"), EOPNOTSUPP, "");
	expect("a constant, set before the load", set_a_constant("count.o", false), 0, "");
	expect("a constant, set after it", set_a_constant("count.o", true), EINVAL, "");

	expect("a handler that is taken back", -libbpf_unregister_prog_handler(handler), 0, "");
	expect("no handler any more", load("add_42.o", NULL), EINVAL,
	       "missing BPF prog type, check ELF section name 'oreore'");
	return failures ? 1 : 0;
}
