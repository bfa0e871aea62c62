// SPDX-License-Identifier: GPL-2.0-only
/* Atomic operations of both sizes, and byte swaps: what compilers print of them differs from what the kernel prints. */
#define FOR_EACH(TYPE, place, number)						\
	(__atomic_fetch_add((TYPE *)(place), number, __ATOMIC_SEQ_CST) |	\
	 __atomic_fetch_or((TYPE *)(place), number, __ATOMIC_SEQ_CST) |		\
	 __atomic_fetch_and((TYPE *)(place), number, __ATOMIC_SEQ_CST) |	\
	 __atomic_fetch_xor((TYPE *)(place), number, __ATOMIC_SEQ_CST) |	\
	 __atomic_exchange_n((TYPE *)(place), number, __ATOMIC_SEQ_CST) |	\
	 __sync_val_compare_and_swap((TYPE *)(place), 1, number))

__attribute__((section("socket"))) int atomics(unsigned int *ctx)
{
	unsigned long wide = 0, number = *ctx;
	unsigned int narrow = 0;

	__sync_fetch_and_add(&wide, number);
	__sync_fetch_and_add(&narrow, (unsigned int)number);
	number |= FOR_EACH(unsigned long, &wide, number);
	number |= FOR_EACH(unsigned int, &narrow, (unsigned int)number);
	return __builtin_bswap64(number) ^ __builtin_bswap16(narrow) ^ (narrow != 7 ? number : -number);
}
