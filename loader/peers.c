// SPDX-License-Identifier: GPL-2.0-only
/*
 * peers NAMES COMMAND...: give these ways of oreore_bench their programs, and run a command while they are attached.
 * NAMES are some of oreore,raw_tp,fentry,syscall.
 *
 * All programs do the same: read a number, add 42, answer. They differ in where the number comes from, and where the
 * answer goes. With "long" in place of "oreore", the program takes 4,000 instructions for its answer.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "long_prog.h"

#define LENGTH(INSNS) (sizeof(INSNS) / sizeof(*(INSNS)))

static char verifier_log[16384];

static int checked(int fd, const char *what)
{
	if (fd < 0) {
		fprintf(stderr, "peers: %s: %s\n%s", what, strerror(-fd), verifier_log);
		exit(1);
	}
	return fd;
}

static int load(enum bpf_prog_type type, const char *name, const struct bpf_insn *insns,
		size_t length, struct bpf_prog_load_opts *options)
{
	options->log_buf = verifier_log;
	options->log_size = sizeof(verifier_log);
	return checked(bpf_prog_load(type, name, "GPL", insns, length, options), name);
}

/* The module holds the program from then on. */
static void hand_over(int prog, const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file || fprintf(file, "%d\n", prog) < 0 || fclose(file))
		checked(-errno, path);
	close(prog);
}

static void give_oreore(void)
{
	const struct prog *prog = find_prog("add-42");

	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_OREORE_ATTACH);
	hand_over(load(BPF_PROG_TYPE_OREORE, "oreore", prog->insns, prog_len(prog), &options),
		  "/sys/oreore_bench/prog");
}

static void give_long(void)
{
	static struct bpf_insn insns[4000];

	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_OREORE_ATTACH);
	make_long_prog(insns, LENGTH(insns));
	hand_over(load(BPF_PROG_TYPE_OREORE, "long", insns, LENGTH(insns), &options),
		  "/sys/oreore_bench/prog");
}

static void give_syscall(void)
{
	const struct prog *prog = find_prog("add-42");

	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_flags = BPF_F_SLEEPABLE);
	hand_over(load(BPF_PROG_TYPE_SYSCALL, "syscall", prog->insns, prog_len(prog), &options),
		  "/sys/oreore_bench/syscall_prog");
}

static void attach_raw_tp(void)
{
	static const struct bpf_insn insns[] = {
		LOAD(BPF_DW, R1, R1, 0),	/* the tracepoint's argument, a pointer */
		LOAD(BPF_W, R0, R1, 0),
		ADD32(R0, 42),
		STORE(BPF_W, R1, R0, 0),
		EXIT(),
	};

	LIBBPF_OPTS(bpf_prog_load_opts, options);
	int prog = load(BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, "raw_tp", insns, LENGTH(insns), &options);

	checked(bpf_raw_tracepoint_open("oreore_value", prog), "attach raw_tp");
}

/* The BTF of the module: its id is looked for among all that the kernel has. */
static int module_btf(struct btf **types)
{
	struct btf *vmlinux = btf__load_vmlinux_btf();
	__u32 id = 0;

	checked(libbpf_get_error(vmlinux), "the types of the kernel (BTF)");
	while (!bpf_btf_get_next_id(id, &id)) {
		int fd = checked(bpf_btf_get_fd_by_id(id), "BTF");
		struct bpf_btf_info info = { 0 };
		__u32 length = sizeof(info);
		char name[64] = "";

		info.name = (unsigned long)name;
		info.name_len = sizeof(name);
		checked(bpf_obj_get_info_by_fd(fd, &info, &length), "BTF");
		if (!strcmp(name, "oreore_bench")) {
			*types = btf__load_from_kernel_by_id_split(id, vmlinux);
			checked(libbpf_get_error(*types), "the types of oreore_bench (BTF)");
			return fd;
		}
		close(fd);
	}
	return checked(-ENOENT, "the types of oreore_bench (BTF): is the module loaded?");
}

static void attach_fentry(void)
{
	struct btf *types;
	int btf_fd = module_btf(&types);
	int fds[] = { 0, btf_fd };	/* a kfunc's off is an index into these; 0 is the kernel itself */
	int ask = checked(btf__find_by_name_kind(types, "oreore_ask", BTF_KIND_FUNC), "oreore_ask");
	int answer = checked(btf__find_by_name_kind(types, "oreore_answer", BTF_KIND_FUNC), "oreore_answer");
	const struct bpf_insn insns[] = {
		LOAD(BPF_DW, R1, R1, 0),	/* the function's argument */
		ADD32(R1, 42),
		{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL, .off = 1, .imm = answer },
		SET(R0, 0),
		EXIT(),
	};

	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_FENTRY,
		    .attach_btf_id = ask, .attach_btf_obj_fd = btf_fd, .fd_array = fds);
	int prog = load(BPF_PROG_TYPE_TRACING, "fentry", insns, LENGTH(insns), &options);

	checked(bpf_raw_tracepoint_open(NULL, prog), "attach fentry");
	btf__free(types);
}

int main(int argc, char **argv)
{
	int status;

	if (argc < 3) {
		fprintf(stderr, "usage: peers oreore,long,raw_tp,fentry,syscall COMMAND...   (some of these names)\n");
		return 2;
	}

	if (strstr(argv[1], "oreore"))
		give_oreore();
	if (strstr(argv[1], "long"))
		give_long();
	if (strstr(argv[1], "raw_tp"))
		attach_raw_tp();
	if (strstr(argv[1], "fentry"))
		attach_fentry();
	if (strstr(argv[1], "syscall"))
		give_syscall();

	/* In a child: this process holds the programs to their places. */
	if (!fork()) {
		execv(argv[2], argv + 2);
		fprintf(stderr, "peers: %s: %s\n", argv[2], strerror(errno));
		_exit(127);
	}
	wait(&status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
