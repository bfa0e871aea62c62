// SPDX-License-Identifier: GPL-2.0-only
/* wrong_calls: programs that call functions wrongly, each in another way. */
#include "kfuncs.h"

#define NAME	{ "asked" }

SEC("socket")
int filter(struct __sk_buff *skb)
{
	return bpf_oreore_ppid((struct bpf_oreore *)skb);
}

SEC("syscall")
int system_call(void *ctx)
{
	return bpf_oreore_ppid(ctx);
}

SEC("oreore")
int not_the_context(struct bpf_oreore *ctx)
{
	struct bpf_oreore copy = { .value = ctx->value };

	return bpf_oreore_ppid(&copy);
}

SEC("oreore")
int a_number(struct bpf_oreore *ctx)
{
	return bpf_oreore_ppid((struct bpf_oreore *)(long)ctx->value);
}

SEC("oreore")
int behind_the_context(struct bpf_oreore *ctx)
{
	return bpf_oreore_ppid((struct bpf_oreore *)&ctx->tgid);
}

SEC("oreore")
int half_a_name(struct bpf_oreore *ctx)
{
	char name[8] = "asked";
	struct oreore_counter *counter = oreore_counter_get((struct oreore_name *)name);

	if (counter)
		oreore_counter_put(counter);
	return 0;
}

SEC("oreore")
int no_name(struct bpf_oreore *ctx)
{
	struct oreore_counter *counter = oreore_counter_get(NULL);

	if (counter)
		oreore_counter_put(counter);
	return counter ? 1 : 0;
}

SEC("oreore")
int not_looked(struct bpf_oreore *ctx)
{
	struct oreore_name name = NAME;
	struct oreore_counter *counter = oreore_counter_get(&name);

	oreore_counter_add(counter, 1);
	oreore_counter_put(counter);
	return 0;
}

SEC("oreore")
int kept(struct bpf_oreore *ctx)
{
	struct oreore_name name = NAME;
	struct oreore_counter *counter = oreore_counter_get(&name);

	return counter ? oreore_counter_add(counter, 1) : 0;
}

SEC("oreore")
int put_twice(struct bpf_oreore *ctx)
{
	struct oreore_name name = NAME;
	struct oreore_counter *counter = oreore_counter_get(&name);

	if (counter) {
		oreore_counter_put(counter);
		oreore_counter_put(counter);
	}
	return 0;
}

SEC("oreore")
int used_after(struct bpf_oreore *ctx)
{
	struct oreore_name name = NAME;
	struct oreore_counter *counter = oreore_counter_get(&name);

	if (!counter)
		return 0;
	oreore_counter_put(counter);
	return oreore_counter_add(counter, 1);
}

SEC("oreore")
int the_next_one(struct bpf_oreore *ctx)
{
	struct oreore_name name = NAME;
	struct oreore_counter *counter = oreore_counter_get(&name);

	if (counter) {
		oreore_counter_add(counter->next, 1);
		oreore_counter_put(counter);
	}
	return 0;
}

SEC("oreore")
int look_at_the_next_one(struct bpf_oreore *ctx)
{
	struct oreore_name name = NAME;
	struct oreore_counter *counter = oreore_counter_get(&name);
	int last = 0;

	if (counter) {
		last = !counter->next->next;
		oreore_counter_put(counter);
	}
	return last;
}

SEC("oreore")
int put_the_next_one(struct bpf_oreore *ctx)
{
	struct oreore_name name = NAME;
	struct oreore_counter *counter = oreore_counter_get(&name);

	if (counter) {
		oreore_counter_put(counter->next);
		oreore_counter_put(counter);
	}
	return 0;
}

SEC("oreore")
int written(struct bpf_oreore *ctx)
{
	struct oreore_name name = NAME;
	struct oreore_counter *counter = oreore_counter_get(&name);

	if (counter) {
		counter->next = NULL;
		oreore_counter_put(counter);
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
