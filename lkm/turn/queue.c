// SPDX-License-Identifier: GPL-2.0-only
/* One has the turn, the others wait. Whoever gives it on, says to whom. */
#include <linux/completion.h>
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "ops.h"

#define PATIENCE	16	/* so many may pass, and no more */

struct place {
	struct list_head entry;
	struct completion given;
	struct turn_waiter waiter;
	u32 waited;
};

static DEFINE_MUTEX(queue_mutex);
static LIST_HEAD(queue);		/* in the order in which they came */
static bool taken;

/* Whoever was passed too often; otherwise the one who goes before all others. NULL: nobody. */
static struct place *next_place(void)
{
	struct place *place, *best = NULL;

	list_for_each_entry(place, &queue, entry) {
		if (place->waiter.passed == PATIENCE)
			return place;
		if (!best || turn_before(&place->waiter, &best->waiter))
			best = place;
	}
	return best;
}

static void give_to(struct place *next)
{
	struct place *place;
	bool earlier = true;

	list_for_each_entry(place, &queue, entry) {
		place->waited++;
		if (place == next)
			earlier = false;
		else if (earlier)
			place->waiter.passed++;
	}
	list_del(&next->entry);
	complete(&next->given);
}

void turn_give_on(void)
{
	struct place *next;

	mutex_lock(&queue_mutex);
	next = next_place();
	if (next)
		give_to(next);
	else
		taken = false;
	mutex_unlock(&queue_mutex);
}

/* For somebody who is not willing to wait any more. True if the turn has just come. */
static bool leave(struct place *place)
{
	bool given;

	mutex_lock(&queue_mutex);
	given = completion_done(&place->given);
	if (!given)
		list_del(&place->entry);
	mutex_unlock(&queue_mutex);

	return given;
}

int turn_take(bool nonblock, struct turn *turn)
{
	struct place place = { .waiter = { .task = current, .since = ktime_get_ns() } };
	int err;

	mutex_lock(&queue_mutex);
	if (!taken) {
		taken = true;
		mutex_unlock(&queue_mutex);
		return 0;
	}
	if (nonblock) {
		mutex_unlock(&queue_mutex);
		return -EAGAIN;
	}
	init_completion(&place.given);
	list_add_tail(&place.entry, &queue);
	mutex_unlock(&queue_mutex);

	err = wait_for_completion_interruptible(&place.given);
	if (err && !leave(&place))
		return err;
	turn->waited = place.waited;
	turn->passed = place.waiter.passed;
	return 0;
}
