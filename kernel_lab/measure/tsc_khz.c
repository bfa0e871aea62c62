// SPDX-License-Identifier: GPL-2.0-only
/*
 * tsc_khz: how many thousand times a second does this machine's time stamp counter count?
 *
 * It looks at counter and clock at once, twice. On a busy machine another program may come between the two readings:
 * so it looks a thousand times, and takes the quickest look.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

#define LOOKS 1000
#define APART 100000000	/* ns; a look is about 50 ns wide, so the rate is right to one in a million */

struct moment {
	int64_t count, ns;
};

static struct moment look(void)
{
	struct moment best = { 0 };
	int64_t least = INT64_MAX;

	for (int i = 0; i < LOOKS; i++) {
		struct timespec time;
		int64_t before = __rdtsc(), took;

		clock_gettime(CLOCK_MONOTONIC, &time);
		took = __rdtsc() - before;
		if (took < least) {
			least = took;
			best = (struct moment){ before + took / 2, time.tv_sec * 1000000000LL + time.tv_nsec };
		}
	}
	return best;
}

int main(void)
{
	const struct timespec pause = { .tv_nsec = APART };
	struct moment start = look(), end;

	nanosleep(&pause, NULL);
	end = look();
	printf("%.0f\n", (end.count - start.count) * 1e6 / (end.ns - start.ns));
	return 0;
}
