// SPDX-License-Identifier: GPL-2.0-only
/* Without a patch: a tracepoint of the module's own, whose programs may write to its argument. */
#include "bench.h"

#define CREATE_TRACE_POINTS
#include "raw_tp.h"

static s64 raw_tp_run(u32 value)
{
	trace_oreore_value(&value);
	return value;
}

WAY(raw_tp, raw_tp_run);
