// SPDX-License-Identifier: GPL-2.0-only
/*
 * ops_uses: load programs for struct oreore_ops and register them, rightly and wrongly, and
 * compare the answers, and the words of libbpf or of the verifier, with what is expected.
 */
#define _GNU_SOURCE
#include <fcntl.h>

#include "link.h"
#include "object.h"
#include "words.h"

#define FILE_NAME	"/sys/oreore/bpf"
#define PATIENCE	500	/* turns of 10 ms */
#define FUNCTIONS	8	/* after so many words of the map's value: a cache line */

static const int zero;
static struct bpf_object *objects[8];
static int loaded;

static const struct load loads[] = {
	{ "add 42", "answer.o", NULL, 0, "" },
	{ "who asks: a field of the task", "wrong_ops.o", "who_asks", 0, "" },
	{ "refuse: write the error", "wrong_ops.o", "refuse", 0, "" },
	{ "a field that is not there", "wrong_ops.o", "no_such_field", EINVAL,
	  "<invalid CO-RE relocation>" },
	{ "what is behind the struct", "wrong_ops.o", "behind_the_end", EACCES,
	  "access beyond struct bpf_oreore_kern at off 16 size 4" },
	{ "write the number", "wrong_ops.o", "write_value", EACCES,
	  "only the error can be written" },
	{ "write to the task", "wrong_ops.o", "write_task", EACCES,
	  "only the error can be written" },
	{ "write to the arguments", "wrong_ops.o", "write_arguments", EACCES,
	  "invalid bpf_context access" },
	{ "a second argument", "wrong_ops.o", "takes_two", EACCES,
	  "func 'answer' doesn't have 2-th argument" },
	{ "a number, in place of the struct", "wrong_ops.o", "takes_a_number", EACCES,
	  "R0 32-bit pointer arithmetic prohibited" },
	{ "an address as the answer", "wrong_ops.o", "an_address", 0, "" },
	{ "a function that is not on our list", "wrong_ops.o", "not_for_us", EINVAL,
	  "unknown func bpf_get_current_pid_tgid#14" },
	{ "from a program that is not under the GPL", "unfree_ops.o", NULL, EINVAL,
	  "struct ops programs must have a GPL compatible license" },
	{ "a member that is not there", "no_such_member.o", NULL, ENOTSUP,
	  "Cannot find member reply in kernel BTF" },
};

/* The struct that this program fills, loaded; or the one that nothing fills. */
static struct bpf_map *load_map(const char *name)
{
	struct bpf_object *object = open_for("wrong_ops.o", name);
	char map[64];

	if (!object || bpf_object__load(object))
		return NULL;
	objects[loaded++] = object;
	snprintf(map, sizeof(map), "%s_ops", name);
	return bpf_object__find_map_by_name(object, map);
}

static int to_register(struct bpf_map *map)
{
	struct bpf_link *link = bpf_map__attach_struct_ops(map);

	if (!link)
		return errno;
	bpf_link__disconnect(link);	/* and so it stays */
	bpf_link__destroy(link);
	return 0;
}

static int unregister(int map)
{
	return bpf_map_delete_elem(map, &zero) ? errno : 0;
}

/* The system call, with any program in the function's place. */
static int register_program(int map, int program)
{
	__u64 value[2 * FUNCTIONS] = { [FUNCTIONS] = program };

	return bpf_map_update_elem(map, &zero, value, 0) ? errno : 0;
}

static int load_filter(void)
{
	const struct bpf_insn answer_1[] = { BPF_MOV64_IMM(BPF_REG_0, 1), BPF_EXIT_INSN() };

	return bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, NULL, "GPL", answer_1, 2, NULL);
}

static int as_nobody(struct bpf_map *map)
{
	int status;

	if (!fork())
		_exit(become_nobody_with(0) ? 255 : to_register(map));
	wait(&status);
	return WEXITSTATUS(status);
}

static int ask(void)
{
	int fd = open(FILE_NAME, O_WRONLY);
	int err = fd < 0 || write(fd, "1", 1) != 1 ? errno : 0;

	close(fd);
	return err;
}

static void as_others(void)
{
	expect("load as nobody", load_with(0, "answer.o"), EPERM, "");
	expect("with CAP_BPF and CAP_NET_ADMIN", load_with(CAP(BPF) | CAP(NET_ADMIN), "answer.o"),
	       EPERM, "");
	expect("with CAP_BPF and CAP_PERFMON", load_with(CAP(BPF) | CAP(PERFMON), "answer.o"),
	       0, "");
}

static void register_one(struct bpf_map *who_asks, struct bpf_map *refuse)
{
	int map = bpf_map__fd(who_asks);
	struct bpf_map *nothing = load_map("nothing");
	int filter = load_filter();

	expect("unregister what is not registered", unregister(map), ENOENT, "");
	expect("register a struct without the function", to_register(nothing), EINVAL, "");
	expect("with a socket filter as the function", register_program(map, filter), EINVAL, "");
	expect("register as nobody, with its descriptor", as_nobody(who_asks), 0, "");
	expect("register it again", to_register(who_asks), EBUSY, "");
	expect("register another one", to_register(refuse), EEXIST, "");
	expect("write", ask(), 0, "");

	expect("unregister", unregister(map), 0, "");
	expect("write", ask(), ENOENT, "");
	expect("unregister it again", unregister(map), EINPROGRESS, "");
	expect("register it once more", to_register(who_asks), EBUSY, "");
	close(filter);
}

static void beside_the_type(struct bpf_map *refuse)
{
	int program = load_for_hook("add-42");

	attach(program, 0, 0, 0);
	expect("register while a program is attached", to_register(refuse), EEXIST, "");
	detach(program, 0);
	expect("register when it is detached", to_register(refuse), 0, "");
	expect("attach a program", attach(program, 0, 0, 0) ? errno : 0, EEXIST, "");
	expect("link a program",
	       link_create(program, BPF_OREORE_ATTACH, 0, 0) < 0 ? errno : 0, EEXIST, "");
	expect("write", ask(), EDOM, "");
	close(program);
}

static void without_the_module(struct bpf_map *refuse)
{
	expect("remove the module", system("rmmod oreore_mod"), 0, "");
	expect("load it again", system("insmod oreore_mod.ko"), 0, "");
	expect("write", ask(), EDOM, "");
	expect("unregister", unregister(bpf_map__fd(refuse)), 0, "");
}

/* What is registered needs neither its loader nor a descriptor. It is found by its map. */
static int find_registered(void)
{
	struct bpf_map_info info;
	__u32 id = 0;

	while (!bpf_map_get_next_id(id, &id)) {
		int map = bpf_map_get_fd_by_id(id);
		__u32 size = sizeof(info);

		memset(&info, 0, sizeof(info));
		if (!bpf_obj_get_info_by_fd(map, &info, &size) &&
		    info.type == BPF_MAP_TYPE_STRUCT_OPS)
			return map;
		close(map);
	}
	return -1;
}

static void without_the_loader(void)
{
	int map;

	if (!fork())
		_exit(to_register(load_map("refuse")));
	wait(NULL);
	expect("its loader has ended: write", ask(), EDOM, "");
	map = find_registered();
	expect("find its map, and unregister", unregister(map), 0, "");
	close(map);
}

static unsigned int left(void)
{
	return programs_left() + count_of(BPF_MAP_GET_NEXT_ID);
}

int main(void)
{
	struct bpf_map *who_asks, *refuse;

	setvbuf(stdout, NULL, _IONBF, 0);	/* or a child would print what is not written yet */
	libbpf_set_print(listen_to);

	expect_loads(loads, sizeof(loads) / sizeof(*loads));
	as_others();
	without_the_loader();

	who_asks = load_map("who_asks");
	refuse = load_map("refuse");
	register_one(who_asks, refuse);
	beside_the_type(refuse);
	without_the_module(refuse);

	while (loaded)
		bpf_object__close(objects[--loaded]);
	for (int turns = 0; left() && turns < PATIENCE; turns++)
		usleep(10000);
	expect_that("no program and no map is left", !left());
	return failures ? 1 : 0;
}
