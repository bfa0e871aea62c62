// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfunc_uses: load programs that call functions of the kernel rightly and wrongly, and compare the
 * answers, and the words of libbpf or of the verifier, with what is expected. In the end it
 * removes the module oreore_counters.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/syscall.h>

#include "object.h"
#include "words.h"

#define JIT		"/proc/sys/net/core/bpf_jit_enable"
#define PATIENCE	500	/* turns of 10 ms */
#define NOT_A_COUNTER	"arg#0 pointer type STRUCT oreore_counter must point to scalar"

static const struct load loads[] = {
	{ "a function of the kernel", "parent.o", NULL, 0, "" },
	{ "functions of a module", "asked.o", NULL, 0, "" },
	{ "from a program that is not under the GPL", "unfree_caller.o", NULL, EINVAL,
	  "cannot call kernel function from non-GPL compatible program" },
	{ "from a socket filter", "wrong_calls.o", "filter", EACCES,
	  "calling kernel function bpf_oreore_ppid is not allowed" },
	{ "from a program of the type SYSCALL", "wrong_calls.o", "system_call", EACCES,
	  "calling kernel function bpf_oreore_ppid is not allowed" },
	{ "a function that is on no list", "not_for_all.o", NULL, EACCES,
	  "calling kernel function bpf_oreore_run is not allowed" },
	{ "a function that is not there", "no_such_function.o", NULL, EINVAL,
	  "extern (func ksym) 'bpf_oreore_grandparent': not found in kernel or module BTFs" },
	{ "declared with other arguments", "other_arguments.o", NULL, EINVAL,
	  "extern (func ksym) 'bpf_oreore_ppid': func_proto" },

	{ "a copy of the context", "wrong_calls.o", "not_the_context", EINVAL,
	  "arg#0 expected pointer to ctx, but got PTR" },
	{ "a number in its place", "wrong_calls.o", "a_number", EINVAL,
	  "arg#0 expected pointer to ctx, but got PTR" },
	{ "a pointer into the context", "wrong_calls.o", "behind_the_context", EACCES,
	  "dereference of modified ctx ptr R1 off=4 disallowed" },
	{ "half a name", "wrong_calls.o", "half_a_name", EINVAL,
	  "invalid indirect" },
	{ "no name: NULL", "wrong_calls.o", "no_name", 0, "" },

	{ "a counter that may be NULL", "wrong_calls.o", "not_looked", EINVAL,
	  NOT_A_COUNTER },
	{ "a counter that is not given back", "wrong_calls.o", "kept", EINVAL,
	  "Unreleased reference" },
	{ "one that is given back twice", "wrong_calls.o", "put_twice", EINVAL,
	  NOT_A_COUNTER },
	{ "one that was given back", "wrong_calls.o", "used_after", EINVAL,
	  NOT_A_COUNTER },
	{ "a look at the next one", "wrong_calls.o", "look_at_the_next_one", 0, "" },
	{ "the next one in the list", "wrong_calls.o", "the_next_one", EINVAL,
	  "R1 must be referenced" },
	{ "the next one, given back", "wrong_calls.o", "put_the_next_one", EINVAL,
	  "release kernel function oreore_counter_put expects refcounted PTR_TO_BTF_ID" },
	{ "a store to a counter", "wrong_calls.o", "written", EACCES, "only read is supported" },
};

/* Not only loaded but run: it asks for a counter without a name, and says whether it got one. */
static int run_without_name(void)
{
	struct bpf_object *object = open_for("wrong_calls.o", "no_name");
	struct bpf_program *program = bpf_object__find_program_by_name(object, "no_name");
	int err = -bpf_object__load(object);
	__u32 answer = 0;

	if (!err && (test_run(bpf_program__fd(program), 1, 1, &answer) || answer))
		err = EFAULT;
	bpf_object__close(object);
	return err;
}

static void as_others(void)
{
	unsigned long long caps = CAP(BPF) | CAP(NET_ADMIN);

	expect("as nobody: the kernel's", load_with(0, "parent.o"), EPERM, "");
	expect("with CAP_BPF and CAP_NET_ADMIN: the kernel's", load_with(caps, "parent.o"), 0, "");
	expect("with these: the module's", load_with(caps, "asked.o"), EINVAL, "");
	expect("and with CAP_SYS_ADMIN: the module's",
	       load_with(caps | CAP(SYS_ADMIN), "asked.o"), 0, "");
}

static void set_jit(const char *state)
{
	int fd = open(JIT, O_WRONLY);

	if (fd < 0 || write(fd, state, 1) != 1)
		perror(JIT);
	close(fd);
}

static void without_jit(void)
{
	set_jit("0");
	expect("the interpreter", load("parent.o", NULL), 524,
	       "JIT is required for calling kernel function");
	set_jit("1");
}

static int remove_module(void)
{
	return syscall(SYS_delete_module, "oreore_counters", O_NONBLOCK) ? errno : 0;
}

/* When a program is closed, it is freed a little later, and only then is its module let go. */
static int remove_module_soon(void)
{
	int err, turns = 0;

	while ((err = remove_module()) == EAGAIN && turns++ < PATIENCE)
		usleep(10000);
	return err;
}

static void without_module(void)
{
	struct bpf_object *object = bpf_object__open_file("asked.o", NULL);

	expect("load, and keep the program", -bpf_object__load(object), 0, "");
	expect("remove the module", remove_module(), EAGAIN, "");
	bpf_object__close(object);
	expect("close the program: remove the module", remove_module_soon(), 0, "");
	expect("the module's, which is gone", load("asked.o", NULL), EINVAL,
	       "extern (func ksym) 'oreore_counter_add': not found in kernel or module BTFs");
	expect("the kernel's", load("parent.o", NULL), 0, "");
}

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);	/* or a child would print what is not written yet */
	libbpf_set_print(listen_to);
	know_oreore();

	expect_loads(loads, sizeof(loads) / sizeof(*loads));
	expect("run the one without a name", run_without_name(), 0, "");
	as_others();
	without_jit();
	without_module();
	return failures ? 1 : 0;
}
