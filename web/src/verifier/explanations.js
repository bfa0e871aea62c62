// SPDX-License-Identifier: GPL-2.0-only
/** The one helper on the type's list whose code this kernel may lack. */
const TRACING = "bpf_trace_printk";

const NO_HELPER = "bpf_unspec";

const SECRET = "only a loader with CAP_PERFMON may have it";

/** Linux 6.1: is_branch_taken() and reg_set_min_max() in kernel/bpf/verifier.c. */
const EQUALITY =
  "Where a counter is compared with == or !=, it learns nothing on the way on which they differ: a counter from outside may then be 0 still, and negative after the next -= 1. With < 1 and >= 1 it learns the bound.";

/**
 * The verifier's sentences in plain English. The first pattern that fits explains the line.
 * @type {readonly [RegExp, (found: RegExpExecArray) => string][]}
 */
export const SENTENCES = [
  [
    /^invalid bpf_context access off=(-?\d+) size=(\d+)/,
    ([, offset, size]) =>
      `The book's is_valid_access allows one thing: to read the 4 bytes at offset 0 of the context. ` +
      (offset === "0" && size === "4" ? "This was a write." : `This was about ${count(size, "byte")} at offset ${offset}.`),
  ],
  [
    /^R0 !read_ok/,
    () => "r0 is read here, as the answer at the exit or as an operand, and on this way nobody has written to it.",
  ],
  [
    /^R([1-5]) !read_ok/,
    ([, n]) =>
      `Nobody has written to r${n} on this way, or a call came in between: after a call, r1 to r5 count as unwritten.`,
  ],
  [/^R(\d+) !read_ok/, ([, n]) => `Nobody has written to r${n} on this way, so there is nothing to read.`],
  [/^R(\d+) is invalid/, ([, n]) => `There is no register r${n}.`],
  [
    /^(?:unknown|invalid) func (\S+?)#(-?\d+)/,
    ([, name]) => {
      if (name === "unknown") return "No helper of this kernel has this number.";
      if (name === NO_HELPER) return "The number 0 is kept free: it calls no helper.";
      if (name === TRACING)
        return `The type offers ${name} to loaders with CAP_PERFMON, but its code comes with the kernel's tracing, and the kernel in this page was built without it.`;
      return `The helper ${name} exists, but the book's get_func_proto has a list for this type, and it is not on it: maps, clocks, random numbers and the CPU's number are.`;
    },
  ],
  [
    /^infinite loop detected at insn (\d+)/,
    ([, n]) =>
      `The verifier came back to instruction ${n} knowing exactly what it knew before. Nothing has changed, so nothing ever will.`,
  ],
  [
    /^back-edge from insn (\d+) to (\d+)/,
    ([, from, to]) =>
      `The call at instruction ${from} leads back to ${to}, into a function that has not ended. Jumps may lead back; a function may not call itself, nor one that called it.`,
  ],
  [
    /^BPF program is too large\. Processed (\d+) insn/,
    () =>
      `The verifier walks a million instructions, over all ways and rounds, and then gives up. The program may end or not: it has not found out. ${EQUALITY}`,
  ],
  [
    /^The sequence of (\d+) jumps is too complex/,
    () =>
      `At each fork the verifier goes one way and puts the other aside for later. There are 8192 such places, and the program has filled them: most often with a loop of which the verifier does not know how many rounds it has. ${EQUALITY}`,
  ],
  [
    /register R0 is not a (?:known|scalar) value \((\S+)\)/,
    ([, kind]) => `The type asks for a number as the answer, and here r0 holds a pointer (${kind}).`,
  ],
  [
    /^unreachable insn (\d+)/,
    ([, n]) => `No way through the program leads to instruction ${n}. Each instruction must be of use.`,
  ],
  [
    /^jump out of range from insn (-?\d+) to (-?\d+)/,
    ([, from, to]) =>
      `Instruction ${from} leads to instruction ${to}, which is outside of the program, or of the function that it is in.`,
  ],
  [
    /^jump into the middle of ldimm64/,
    () => "A 64-bit constant takes the room of two instructions, and the jump leads to the second one.",
  ],
  [
    /^last insn is not an exit or jmp/,
    () => "After the last instruction the processor would run on into whatever lies behind. It must be exit or goto.",
  ],
  [
    /^frame pointer is read only/,
    () => "r10 is the upper end of the stack, and stays it. What is below may be used without asking: 512 bytes.",
  ],
  [
    /^div by zero/,
    () => "A division by a constant zero can only be a mistake. (By a register it is allowed, and 0 comes out.)",
  ],
  [/^invalid shift (-?\d+)/, ([, by]) => `A shift by ${by} goes beyond the register's width.`],
  [
    /^invalid read from stack off (-?\d+)\+\d+ size (\d+)/,
    ([, offset, size]) =>
      `Of the ${count(size, "byte")} at ${offset} on the stack, some were never written. To see what others left there takes CAP_PERFMON.`,
  ],
  [
    /^invalid (read from|write to|indirect (?:access to|read from)) stack R(\d+) off=(-?\d+) size=(\d+)/,
    ([, words, , offset, size]) =>
      isOnStack(Number(offset), Number(size))
        ? "Nobody has written so far down the stack. To see what others left there takes CAP_PERFMON."
        : `The stack is the 512 bytes below r10, offsets -512 to -1. This ${access(words)} lies outside.`,
  ],
  [
    /^invalid indirect read from stack R(\d+) (?:off|var_off) .* size (\d+)/,
    ([, n, size]) =>
      `A helper reads the ${count(size, "byte")} to which r${n} points, and not all of them were written. Write them first.`,
  ],
  [/^invalid zero-sized read/, () => "A helper is asked to read 0 bytes, and it takes no fewer than 1. (A queue and a stack have keys of no bytes, a ring buffer also values: these are no maps for this helper.)"],
  [
    /^invalid unbounded variable-offset.* stack R(\d+)/,
    ([, n]) =>
      `A number was added to r${n} that may be very large, or negative, for all that the verifier knows. Bound it first, with &= or a comparison.`,
  ],
  [
    /^invalid variable-offset.* stack R(\d+) var_off=\(.*\) size=(\d+)/,
    ([, n, size]) =>
      `The number that was added to r${n} is bounded, but at one end of what it may be, not all of the ${count(size, "byte")} is on the stack, which has the offsets -512 to -1. The log shows both ends (umin and umax, or smin and smax; what is not shown is 0): look whether the bound or the offset is one too far.`,
  ],
  [
    /^R(\d+)(?: \w+)* (?:variable(?: offset)? stack access|stack pointer arithmetic goes out of range,) prohibited for !root|^R(\d+) (?:tried to \w+ from different|tried to \w+ beyond|has unknown scalar with mixed|has pointer with unsupported|could not be pushed)/,
    () =>
      "Where this leads is not known before the program runs. A processor that guesses ahead could read elsewhere on the way (Spectre), so it takes CAP_PERFMON.",
  ],
  [
    /^(?:uninit stack|spilled ptr) in range of var-offset/,
    () => "Some of the bytes that this may overwrite were never written, or belong to a pointer. That takes CAP_PERFMON.",
  ],
  [
    /^invalid size of register (?:fill|spill)/,
    () => "A pointer that is kept on the stack must be written and read whole, in 8 bytes.",
  ],
  [
    /^attempt to corrupt spilled pointer/,
    () => "This would overwrite a part of a pointer that is kept on the stack. That takes CAP_PERFMON.",
  ],
  [/^leaking pointer from stack/, () => `A pointer is kept there on the stack. Here it would be used as a number, and ${SECRET}.`],
  [
    /^cannot spill pointers to stack into stack frame of the caller/,
    () => "A function's stack is gone after its exit, so its caller may not keep a pointer to it.",
  ],
  [
    /^kernel subsystem misconfigured func (\S+?)#/,
    ([, name]) =>
      `The type offers the helper ${name}, but the code behind it is in a part that this kernel was built without, such as tracing.`,
  ],
  [/^misaligned (?:stack |packet )?access/, () => "An address must be a multiple of the size of what is read or written."],
  [
    /^R(\d+) invalid mem access '(\S+)'/,
    ([, n, kind]) =>
      kind === "map_value_or_null"
        ? `r${n} holds what a look into a map answered, and that is 0 where there is no such element. Compare with 0 first: if r${n} == 0 goto …`
        : kind === "scalar"
        ? `r${n} holds a number. An address must have come as a pointer: with numbers for addresses, a program could read all of the kernel's memory.`
        : `What r${n} holds (${kind}) cannot be followed as it is.`,
  ],
  [
    /^R(\d+) pointer arithmetic on map_value_or_null prohibited/,
    ([, n]) =>
      `r${n} may be 0 here, where the map has no such element, and 0 plus something would no longer look like it. Compare with 0 first.`,
  ],
  [
    /^invalid access to map value, value_size=(\d+) off=(-?\d+) size=(\d+)/,
    ([, whole, offset, size]) =>
      `A value of this map has ${count(whole, "byte")}, and this is, or may be, about ${count(size, "byte")} at offset ${offset}.`,
  ],
  [
    /^cannot pass map_type (\d+) into func (\S+?)#/,
    ([, type, name]) => `The helper ${name} is for maps of other types: this one has the number ${type} in enum bpf_map_type.`,
  ],
  [
    /^dereference of modified (\S+) ptr R(\d+) off=(-?\d+)/,
    ([, kind, n]) =>
      `r${n} was moved since it came. A pointer to the ${kind === "ctx" ? "context" : kind} must be used as it was given; the offset belongs into the instruction.`,
  ],
  [/^negative offset (\S+) ptr R(\d+)/, ([, , n]) => `r${n} was moved below what it points to.`],
  [
    /^variable \S+ access var_off/,
    () => "The offset must be a constant here: the verifier has to know which part of the context is meant.",
  ],
  [
    /^R(\d+) min value is negative, either use unsigned or/,
    ([, n]) =>
      `r${n} says how many bytes the helper may use, and for all that the verifier knows it may be negative. Bound it first, with &= or a comparison that has no sign.`,
  ],
  [
    /^R(\d+) min value is negative/,
    ([, n]) =>
      `The number in r${n} may be negative, and the address then lies before the beginning. Compare first, or use &=.`,
  ],
  [
    /^R(\d+) unbounded memory access, use/,
    ([, n]) =>
      `r${n} says how many bytes the helper may use, and nothing bounds it from above. Bound it first, with &= or a comparison.`,
  ],
  [
    /^R(\d+) unbounded memory access/,
    ([, n]) => `Nothing bounds the number in r${n} from above. Compare first, or use &=.`,
  ],
  [
    /^R(\d+) pointer arithmetic with (\S+) operator prohibited/,
    ([, n, sign]) =>
      `r${n} is a pointer. It may be moved by += and -=, but ${sign} makes no address out of an address.`,
  ],
  [
    /^R(\d+) bitwise operator (\S+) on pointer prohibited/,
    ([, n]) => `r${n} is a pointer, and this operation makes no address out of it.`,
  ],
  [
    /^R(\d+) pointer (\S+) pointer prohibited/,
    ([, , sign]) =>
      sign === "-="
        ? `The distance of two addresses is a number, and ${SECRET}.`
        : "Two addresses have a distance, but no sum, product or bits in common.",
  ],
  [/^R(\d+) 32-bit pointer arithmetic/, ([, n]) => `r${n} is a pointer of 64 bits; w${n} is half of it.`],
  [/^R(\d+) pointer arithmetic prohibited/, ([, n]) => `This makes a number of the pointer in r${n}, and ${SECRET}.`],
  [/^R(\d+) pointer arithmetic/, ([, n]) => `r${n} is a pointer, and this operation makes no address out of it.`],
  [
    /^R(\d+) subtraction from stack pointer/,
    ([, n]) => `An address on the stack is moved by += alone: r${n} += -8, where -= 8 would do the same.`,
  ],
  [
    /^R(\d+) tried to subtract pointer/,
    ([, n]) => `A number minus an address is nothing that could be used. r${n} holds the number: was it meant the other way round?`,
  ],
  [
    /^math between \S+ pointer and/,
    () => "So large a number could lead anywhere. If it comes from outside, bound it first, with &= or a comparison.",
  ],
  [
    /^\S+ pointer offset -?\d+ is not allowed|^value -?\d+ makes \S+ pointer be out of bounds/,
    () => "The pointer would move further than any memory reaches.",
  ],
  [
    /^R(\d+) pointer comparison prohibited/,
    ([, n]) => `r${n} is a pointer. A comparison tells something of where the kernel keeps its things, which takes CAP_PERFMON.`,
  ],
  [
    /^R(\d+) partial copy of pointer/,
    ([, n]) => `Half of the pointer in r${n} would be a number, and ${SECRET}.`,
  ],
  [/^R(\d+) leaks addr/, ([, n]) => `The pointer in r${n} would become visible outside of the program, and ${SECRET}.`],
  [
    /^R(\d+) type=(\S+) +expected=(.+)/,
    ([, n, is, wanted]) => `The helper wants ${wanted} in r${n}, and finds ${is} there.`,
  ],
  [
    /^BPF_STX? ?stores into R(\d+) \S+ is not allowed|^BPF_(?:ST|ATOMIC) stores into R(\d+)/,
    () => "Here, the context can only be read.",
  ],
  [/^BPF_LD_\[ABS\|IND\]/, () => "This instruction reads from a packet, and programs of this type are given none."],
  [
    /^BPF_ATOMIC uses invalid atomic opcode ([0-9a-f]+)/,
    ([, code]) => `What an atomic operation does is in the instruction's constant, and 0x${code} stands for nothing there.`,
  ],
  [
    /^invalid atomic operand size/,
    () => "Atomic operations are of 4 or of 8 bytes.",
  ],
  [
    /^(?:invalid|unrecognized) bpf_ld_imm64 insn|^invalid BPF_LD_IMM insn/,
    () =>
      "A 64-bit constant takes two instructions: the second has the upper half, and 0 in all other fields. What the first one's source register may say is known to the kernel, and this is not among it.",
  ],
  [
    /^calling kernel function is not supported without CONFIG_DEBUG_INFO_BTF/,
    () =>
      "This instruction calls a function of the kernel by the number of its type (a kfunc). The kernel in this page was built without its types (BTF), so it has no such numbers.",
  ],
  [
    /^JIT (?:is required for|does not support) calling kernel function/,
    () => "Functions of the kernel can only be called from programs that the kernel translates to machine code. In this page it interprets them.",
  ],
  [/^verifier (?:internal error|bug)|\bBUG\b|internal bug/i, () => "The verifier found a mistake in itself, not in the program. It would be worth a report."],
  [/^too many subprograms/, () => "A program may have 256 functions."],
  [/^invalid BPF_\S+ opcode|^unknown insn class|^invalid BPF_LD mode/, () => "No instruction of this kernel has this code."],
  [/^BPF_\S+ uses reserved fields/, () => "A field of the instruction that has no use is not 0."],
  [
    /^same insn cannot be used with different pointers/,
    () =>
      "On one way a pointer to one thing comes to this instruction, on another way to another thing. The kernel prepares an instruction for one of them.",
  ],
  [/^combined stack size of/, () => "The functions that call one another need more than 512 bytes of stack together."],
  [/^call to invalid destination/, () => "There is no instruction where the called function should begin."],
  [
    /^cannot return stack pointer to the caller/,
    () => "The function's stack is gone after its exit, so a pointer to it would lead nowhere.",
  ],
  [/^the call stack of/, () => "At most 8 functions may be inside one another."],
  [/^unknown opcode ([0-9a-f]+)/, ([, code]) => `No instruction of this kernel has the code 0x${code}.`],
  [
    /^R0 not a scalar value/,
    () => "A function that others may call must answer with a number, and here r0 holds a pointer.",
  ],
  [
    /^kernel is missing BTF|^missing btf func_info|^map_ptr access not supported without CONFIG_DEBUG_INFO_BTF/,
    () => "This needs the kernel's own types, or the program's (BTF). The kernel in this page was built without, and the playground gives it none.",
  ],
  [/^fd_idx without fd_array/, () => "The instruction asks for a map by its place in a list, and there is no list."],
  [/^fd -?\d+ is not pointing to valid bpf_map/, () => "The instruction asks for a map, and there is none."],
];

const A_MILLION =
  "By itself it gives up after a million instructions, over all ways and rounds. The cause is most often a loop that has no end, or whose end the verifier can't see.";

/**
 * What is known from the error alone, when the log is silent or full.
 * @type {Record<string, string>}
 */
const NUMBERS = {
  ENOSPC: "The log is longer than its room, so the kernel gave up. What is shown here is its beginning.",
  E2BIG: "The program is too long, or too much work for the verifier.",
  EINVAL: "The kernel refused the call itself, before or beside the verifier.",
  EPERM: "To load a program of this type takes CAP_BPF and CAP_NET_ADMIN.",
  EACCES: "The verifier refused, and said no more.",
  EAGAIN: `The verifier was interrupted while it still walked. ${A_MILLION}`,
  SIGALRM: `A minute was over, and the process that loads was ended, while the verifier still walked. ${A_MILLION}`,
  SIGKILL: `The verifier keeps what it knew at many places, for each function that is under way. This filled the memory of the page's machine, so the kernel killed the process that loads. ${A_MILLION}`,
  EINTR: "The verifier was interrupted.",
  ENOMEM: "The kernel had no memory left for the work.",
};

/**
 * @param {string} number
 * @param {string} thing
 * @returns {string}
 */
function count(number, thing) {
  return `${number} ${thing}${number === "1" ? "" : "s"}`;
}

/**
 * @param {number} offset
 * @param {number} size
 * @returns {boolean}
 */
function isOnStack(offset, size) {
  return offset >= -512 && offset + size <= 0;
}

/**
 * @param {string} words
 * @returns {string}
 */
function access(words) {
  if (words.startsWith("indirect")) return "memory, which is for a helper,";
  return words.startsWith("read") ? "read" : "write";
}

/**
 * @param {string | null} reason the line that tells why
 * @param {string} errno such as EACCES
 * @returns {string} a plain sentence or two; empty if there is nothing to add to the line
 */
export function explain(reason, errno) {
  if (reason === null) return NUMBERS[errno] ?? "";
  for (const [pattern, sentence] of SENTENCES) {
    const found = pattern.exec(reason);
    if (found) return sentence(found);
  }
  return "";
}
