// SPDX-License-Identifier: GPL-2.0-only
/*
 * alternatives NAMES COMMAND...: give these ways of oreore_bench their programs, and run a
 * command while they are attached. NAMES are some of raw_tp,fentry,syscall.
 *
 * All programs do the same: read a number, add 42, answer. They differ in where the number comes
 * from, and where the answer goes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "give.h"
#include "progs.h"

#define LENGTH(INSNS) (sizeof(INSNS) / sizeof(*(INSNS)))

static char verifier_log[16384];

static int checked(int fd, const char *what)
{
	if (fd < 0) {
		fprintf(stderr, "alternatives: %s: %s\n%s", what, strerror(-fd), verifier_log);
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

static void give_syscall(void)
{
	const struct prog *prog = find_prog("add-42");

	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_flags = BPF_F_SLEEPABLE);
	int fd = load(BPF_PROG_TYPE_SYSCALL, "syscall", prog->insns, prog_len(prog), &options);

	checked(give(fd, "/sys/oreore_bench/syscall_prog") ? -errno : 0, "give syscall");
}

static void attach_raw_tp(void)
{
	static const struct bpf_insn insns[] = {
		/* the tracepoint's argument, a pointer */
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_1, 0),
		BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_1, 0),
		BPF_ALU32_IMM(BPF_ADD, BPF_REG_0, 42),
		BPF_STX_MEM(BPF_W, BPF_REG_1, BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};

	LIBBPF_OPTS(bpf_prog_load_opts, opts);
	int fd = load(BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, "raw_tp", insns, LENGTH(insns), &opts);

	checked(bpf_raw_tracepoint_open("oreore_value", fd), "attach raw_tp");
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
	/* A kfunc's off is an index into these; 0 is the kernel itself. */
	int fds[] = { 0, btf_fd };
	int ask = checked(btf__find_by_name(types, "oreore_ask"), "oreore_ask");
	int answer = checked(btf__find_by_name(types, "oreore_answer"), "oreore_answer");
	const struct bpf_insn insns[] = {
		/* the function's argument */
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_1, 0),
		BPF_ALU32_IMM(BPF_ADD, BPF_REG_1, 42),
		BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 1, answer),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
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
		fprintf(stderr,
			"usage: alternatives raw_tp,fentry,syscall COMMAND...   (some of these names)\n");
		return 2;
	}

	if (strstr(argv[1], "raw_tp"))
		attach_raw_tp();
	if (strstr(argv[1], "fentry"))
		attach_fentry();
	if (strstr(argv[1], "syscall"))
		give_syscall();

	/* In a child: this process holds the programs to their places. */
	if (!fork()) {
		execvp(argv[2], argv + 2);
		fprintf(stderr, "alternatives: %s: %s\n", argv[2], strerror(errno));
		_exit(127);
	}
	wait(&status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
