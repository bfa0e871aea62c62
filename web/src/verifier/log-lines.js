// SPDX-License-Identifier: GPL-2.0-only
/** The shape of the verifier's log: kernel/bpf/verifier.c of Linux 6.1, log levels 1 and 2. */

/** `3: (b7) r0 = 0`, an instruction as the verifier came to it. bpftool indents the numbers. */
export const INSTRUCTION = /^\s*(?<index>\d+): \((?<code>[0-9a-f]{2})\) /;

/** `      3: .......7.. (26) if w7 > 0x64 goto pc+17`, with the registers that are in use: the list at the head of newer logs. */
export const LISTED = /^\s*(?<index>\d+): [.\d]{10,} \((?<code>[0-9a-f]{2})\) /;

/** `1: BUG_c3`, an instruction that the kernel's disassembler cannot show. */
export const UNSHOWN = /^(?<index>\d+): BUG_[0-9a-f]{2}$/;

/** `; R0_w=0 R1=ctx(off=0,imm=0)`, what was learned by an instruction, on the same line. */
export const LEARNED = /;\s+(?:frame\d+: )?(?:R\d+(?:_\w+)?=|fp-\d+(?:_\w+)?=).*$/;

/** Without a newline, as the state in between was taken back out of the log. */
export const LOOP_BEHIND = / infinite loop detected at insn \d+$/;

/** `0: R1=ctx(off=0,imm=0) R10=fp0`, what is known before an instruction. */
export const STATE =
  /^\s*(?<index>\d+):(?: frame\d+:)? (?:R\d+(?:_\w+)?=|fp-\d+(?:_\w+)?=|safe$)|^\s*(?<bare>\d+):\s*$/;

/** `from 1 to 4: R0=0`, where the verifier takes up a branch that it had left for later. */
export const BRANCH = /^from (?<from>\d+) to (?<index>\d+)(?: \(speculative execution\))?:/;

/** How a number came to be known exactly, level 2 only. */
export const BACKTRACK =
  /^(?:last_idx -?\d+ first_idx|regs=[0-9a-f]+ stack=[0-9a-f]+ before (?<index>\d+):|parent (?:didn't have|already had) regs=|frame \d+: propagating )/;

/** Going into a function of the program's own, and back: these lines, and below each what is known there. */
export const CALLS =
  /^(?:caller:|callee:|returning from callee:|to caller at (?<index>\d+):|from callee:)$|^ (?:frame\d+: ?)?(?:(?:R\d+(?:_\w+)?=|fp-\d+(?:_\w+)?=).*)?$/;

/** Below the reason, at which end of a range of numbers it holds: the line before tells what is wrong. */
export const AT_ONE_END = /^R\d+ (?:min|max) value is outside of the allowed memory range$/;

/** What is said at the end, however it ended, and which subprograms there are. */
export const SUMMARY = /^(?:processed \d+ insns|verification time \d+ usec|stack depth \d+|func#\d+ @\d+)/;

/** The verifier's sentences that begin as an instruction might: with a register, or with a word like `call` or `if`. */
export const REFUSAL = /^(?:R\d+ (?:!|32-bit |[a-z]{2})|call to |in-kernel )/;

/** What journals, mails and programs write before a line of a log: a time, a name, a sign. */
export const PREFIX = /^[^;\n]*?[\]>|:][ \t]*(?=\d+: \([0-9a-f]{2}\) )/;

/** A text is a log if any of its lines is an instruction with its number and code. */
export const ANY_INSTRUCTION = /^(?:[^;\n]*?[\]>|:])?[ \t]*\d+: (?:[.\d]{10,} )?\([0-9a-f]{2}\) /m;
