/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM oreore_bench

#if !defined(RAW_TP_H) || defined(TRACE_HEADER_MULTI_READ)
#define RAW_TP_H

#include <linux/tracepoint.h>

/*
 * Programs may write to *value: that is how they answer. Only the pass that is about BPF knows the
 * first macro.
 */
#ifdef DECLARE_TRACE_WRITABLE
DECLARE_TRACE_WRITABLE(oreore_value, TP_PROTO(u32 *value), TP_ARGS(value), sizeof(u32));
#else
DECLARE_TRACE(oreore_value, TP_PROTO(u32 *value), TP_ARGS(value));
#endif

#endif /* RAW_TP_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE raw_tp
#include <trace/define_trace.h>
