// SPDX-License-Identifier: GPL-2.0-only
/*
 * prog_stats LABEL: what the kernel has counted of the attached program while
 * kernel.bpf_stats_enabled was 1.
 *
 * Prints "label,run_cnt,N" and "label,run_time_ns,N".
 */
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>

int main(int argc, char **argv)
{
	struct bpf_prog_info info = { 0 };
	__u32 id = 0, count = 1, size = sizeof(info);

	if (argc != 2) {
		fprintf(stderr, "usage: prog_stats LABEL\n");
		return 2;
	}
	if (bpf_prog_query(0, BPF_OREORE_ATTACH, 0, NULL, &id, &count) || !count) {
		fprintf(stderr,
			"prog_stats: no program is attached. Run ./attach_prog add-42 first.\n");
		return 1;
	}
	if (bpf_obj_get_info_by_fd(bpf_prog_get_fd_by_id(id), &info, &size)) {
		perror("prog_stats");
		return 1;
	}
	printf("%s,run_cnt,%llu\n", argv[1], info.run_cnt);
	printf("%s,run_time_ns,%llu\n", argv[1], info.run_time_ns);
	return 0;
}
