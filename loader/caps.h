/* SPDX-License-Identifier: GPL-2.0-only */
/* Become a user who is not root and has some of root's capabilities, as a service may have. */
#ifndef CAPS_H
#define CAPS_H

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#define NOBODY	65534
#define CAP(NAME) (1ULL << CAP_##NAME)

/* Returns 0, or -1 with errno. There is no way back: do it in a child. */
static inline int become_nobody_with(unsigned long long caps)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[] = {
		{ .effective = (__u32)caps, .permitted = (__u32)caps },
		{ .effective = caps >> 32, .permitted = caps >> 32 },
	};

	/* Without KEEPCAPS, a change of user takes all capabilities away. */
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) || setgid(NOBODY) || setuid(NOBODY))
		return -1;
	return syscall(SYS_capset, &header, data);
}

#endif /* CAPS_H */
