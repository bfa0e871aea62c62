// SPDX-License-Identifier: GPL-2.0-only
/* oreore_link: attach a program by a link, while a command runs or as long as a pin is there. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "progs.h"

static const char help[] =
	"usage: oreore_link [--file FD] [--pin PATH] PROGRAM [COMMAND ARGUMENT ...]\n"
	"       oreore_link --update PATH PROGRAM\n"
	"       oreore_link --detach PATH\n"
	"       oreore_link --show PATH\n"
	"\n"
	"Attach PROGRAM, one of progs.h, to the oreore hook by a link, which lasts as long\n"
	"as COMMAND runs.\n"
	"\n"
	"  --file FD      attach it to the open file of /dev/oreore with this descriptor\n"
	"  --pin PATH     keep the link under this name in a BPF file system\n"
	"  --update PATH  put PROGRAM in the place of that of the link with this name\n"
	"  --detach PATH  take the program of the link with this name out of the hook\n"
	"  --show PATH    say what the link with this name is\n"
	"  --help         say this\n";

/* What an errno means where it comes from. */
static const struct cause {
	const char *step;
	int err;
	const char *text;
} causes[] = {
	{ "load", EPERM, "it takes CAP_BPF and CAP_NET_ADMIN" },
	{ "load", EINVAL, "this kernel does not have the type, or its verifier refused PROGRAM" },
	{ "attach", EEXIST, "another program is attached" },
	{ "attach", EINVAL, "this kernel has no such links, or FD is not one of /dev/oreore" },
	{ "attach", EBADF, "FD is not open for writing" },
	{ "pin", ENOENT, "no such folder, or no BPF file system is mounted at it" },
	{ "pin", EPERM, "PATH is not in a BPF file system" },
	{ "pin", EEXIST, "PATH is there already; --update PATH changes its program" },
	{ "open", ENOENT, "nothing is pinned there" },
	{ "find", EPERM, "to find the program that is there takes CAP_SYS_ADMIN" },
	{ "find", ENOENT, "somebody has replaced it this moment" },
	{ "update", ENOLINK, "the link was detached by force: remove PATH, and attach anew" },
	{ "update", EPERM, "somebody has replaced it this moment" },
};

static int fail(const char *step, int err)
{
	fprintf(stderr, "%s: %s", step, strerror(-err));
	for (size_t i = 0; i < sizeof(causes) / sizeof(*causes); i++)
		if (!strcmp(causes[i].step, step) && causes[i].err == -err)
			fprintf(stderr, " (%s)", causes[i].text);
	fprintf(stderr, "\n");
	return 1;
}

static int load(const struct prog *prog, enum bpf_attach_type type)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = type);

	return bpf_prog_load(BPF_PROG_TYPE_OREORE, NULL, "GPL", prog->insns, prog_len(prog),
			     &options);
}

/* The command's status. The link's descriptor is closed in it, as in every new program. */
static int run(char **command)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		execvp(command[0], command);
		fprintf(stderr, "%s: %s\n", command[0], strerror(errno));
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("oreore_link");
		return 1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int attach_new(const struct prog *prog, const char *file, const char *path, char **command)
{
	enum bpf_attach_type type = file ? BPF_OREORE_FILE : BPF_OREORE_ATTACH;
	int fd = load(prog, type), link, err;

	if (fd < 0)
		return fail("load", fd);
	link = bpf_link_create(fd, file ? atoi(file) : 0, type, NULL);
	close(fd);	/* the link has a reference of its own */
	if (link < 0)
		return fail("attach", link);

	err = path ? bpf_obj_pin(link, path) : 0;
	if (err)
		return fail("pin", err);
	return *command ? run(command) : 0;
}

static int info_of(int link, struct bpf_link_info *info)
{
	__u32 size = sizeof(*info);

	memset(info, 0, size);
	return bpf_obj_get_info_by_fd(link, info, &size);
}

/* Replace the program that is there now, and no other. */
static int update(int link, const struct prog *prog)
{
	struct bpf_link_info info;
	int err = info_of(link, &info), fd, old;

	if (err)
		return fail("show", err);
	fd = load(prog, info.oreore.attach_type);
	if (fd < 0)
		return fail("load", fd);
	old = bpf_prog_get_fd_by_id(info.prog_id);
	if (old < 0)
		return fail("find", old);

	LIBBPF_OPTS(bpf_link_update_opts, options, .flags = BPF_F_REPLACE, .old_prog_fd = old);
	err = bpf_link_update(link, fd, &options);
	return err ? fail("update", err) : 0;
}

static int show(int link)
{
	struct bpf_link_info info;
	int err = info_of(link, &info);

	if (err)
		return fail("show", err);
	printf("link of type %u, attach type %u: %s\n", info.type, info.oreore.attach_type,
	       info.oreore.attached ? "attached" : "detached");
	return 0;
}

static int detach(int link)
{
	int err = bpf_link_detach(link);

	return err ? fail("detach", err) : 0;
}

static int usage(void)
{
	fputs(help, stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "file", required_argument, NULL, 'f' },
		{ "pin", required_argument, NULL, 'p' },
		{ "update", required_argument, NULL, 'u' },
		{ "detach", required_argument, NULL, 'd' },
		{ "show", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ },
	};
	const struct prog *prog = NULL;
	const char *file = NULL, *path = NULL;
	int action = 'p', option, link;

	/* "+": the options after PROGRAM are COMMAND's. */
	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (option == 'h')
			return fputs(help, stdout) < 0;
		if (option == 'f') {
			file = optarg;
			continue;
		}
		if (option == '?' || path)
			return usage();
		action = option;
		path = optarg;
	}

	if (action == 'p' || action == 'u') {
		if (optind == argc)
			return usage();
		prog = find_prog(argv[optind]);
		if (!prog) {
			fprintf(stderr, "There is no program %s in progs.h.\n", argv[optind]);
			return 2;
		}
		optind++;
	}
	if (action == 'p')
		return attach_new(prog, file, path, argv + optind);
	if (optind < argc || file)
		return usage();

	link = bpf_obj_get(path);
	if (link < 0)
		return fail("open", link);
	if (action == 'u')
		return update(link, prog);
	return action == 'd' ? detach(link) : show(link);
}
