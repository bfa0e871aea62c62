/** The verifier's sentences in plain English. The first pattern that fits explains the line. */

/** @type {readonly [RegExp, (found: RegExpExecArray) => string][]} */
const SENTENCES = [
  [
    /^invalid bpf_context access off=(-?\d+) size=(\d+)/,
    ([, offset, size]) =>
      `The book's is_valid_access allows one thing: to read the 4 bytes at offset 0 of the context. ` +
      `This was about ${count(size, "byte")} at offset ${offset}, or about writing.`,
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
    ([, name]) =>
      name === "unknown"
        ? "No helper of this kernel has this number."
        : `The helper ${name} exists, but the book's get_func_proto does not offer it to programs of this type.`,
  ],
  [
    /^infinite loop detected at insn (\d+)/,
    ([, n]) =>
      `The verifier came back to instruction ${n} knowing exactly what it knew before. Nothing has changed, so nothing ever will.`,
  ],
  [
    /^back-edge from insn (\d+) to (\d+)/,
    ([, from, to]) =>
      `Instruction ${from} leads back to ${to}. The verifier follows loops for root alone, and functions that call themselves for nobody.`,
  ],
  [
    /^BPF program is too large\. Processed (\d+) insn/,
    () =>
      "The verifier follows a million instructions, over all ways and rounds, and then gives up. The program may end or not: it has not found out.",
  ],
  [
    /^The sequence of (\d+) jumps is too complex/,
    () =>
      "At each fork the verifier goes one way and puts the other aside for later. There are 8192 such places, and the program has filled them: most often a loop whose number of rounds is not known.",
  ],
  [
    /register R0 is not a (?:known|scalar) value \((\S+)\)/,
    ([, kind]) => `The answer goes to user space, so it must be a number. Here r0 holds a pointer (${kind}).`,
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
    ([, offset, size]) => `Of the ${count(size, "byte")} at ${offset} on the stack, some were never written.`,
  ],
  [
    /^invalid (read from|write to|indirect access to) stack R(\d+) off=(-?\d+) size=(\d+)/,
    (found) => `The stack is the 512 bytes below r10, offsets -512 to -1. This ${access(found[1])} lies outside.`,
  ],
  [
    /^invalid (?:unbounded |)variable-offset.* stack R(\d+)/,
    ([, n]) =>
      `r${n} is somewhere on the stack or beside it: its offset came from a number that may be anything. Bound the number first, with &= or a comparison.`,
  ],
  [
    /^invalid size of register (?:fill|spill)/,
    () => "A pointer that is kept on the stack must be written and read whole, in 8 bytes.",
  ],
  [/^attempt to corrupt spilled pointer/, () => "This would overwrite a part of a pointer that is kept on the stack."],
  [/^misaligned (stack )?access/, () => "An address must be a multiple of the size of what is read or written."],
  [
    /^R(\d+) invalid mem access '(\S+)'/,
    ([, n, kind]) =>
      kind === "scalar"
        ? `r${n} holds a number. Only what came as a pointer may be followed; with a number one could read all of the kernel's memory.`
        : `What r${n} holds (${kind}) cannot be followed as it is.`,
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
    /^R(\d+) min value is negative/,
    ([, n]) =>
      `The number in r${n} may be negative, and the address then lies before the beginning. Compare first, or use &=.`,
  ],
  [
    /^R(\d+) (?:min|max) value is outside of the allowed memory range/,
    () => "At one end of what the number may be, the address lies outside.",
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
    ([, n]) => `r${n} is a pointer, and its bits are nobody's business.`,
  ],
  [
    /^R(\d+) pointer (\S+) pointer prohibited/,
    () =>
      "Two addresses have a distance, but no sum, product or bits in common. Even the distance is only for special pointers.",
  ],
  [/^R(\d+) 32-bit pointer arithmetic/, ([, n]) => `r${n} is a pointer of 64 bits; w${n} is half of it.`],
  [/^R(\d+) pointer arithmetic/, ([, n]) => `r${n} is a pointer, and this operation makes no address out of it.`],
  [
    /^R(\d+) (?:tried to subtract|subtraction from stack) pointer/,
    () => "This subtraction makes no address that the verifier could follow.",
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
    ([, n]) => `r${n} is a pointer; comparing would tell where the kernel keeps its things.`,
  ],
  [
    /^R(\d+) partial copy of pointer/,
    ([, n]) => `Half of the pointer in r${n} is neither a pointer nor a number that a program should have.`,
  ],
  [/^R(\d+) leaks addr/, ([, n]) => `r${n} is a pointer, and would become visible outside of the program.`],
  [
    /^R(\d+) type=(\S+) +expected=(.+)/,
    ([, n, is, wanted]) => `The helper wants ${wanted} in r${n}, and finds ${is} there.`,
  ],
  [
    /^BPF_STX? ?stores into R(\d+) \S+ is not allowed|^BPF_(?:ST|ATOMIC) stores into R(\d+)/,
    () => "Here, the context can only be read.",
  ],
  [/^BPF_LD_\[ABS\|IND\]/, () => "This instruction reads from a packet, and programs of this type are given none."],
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
  [/^fd -?\d+ is not pointing to valid bpf_map/, () => "The instruction asks for a map, and there is none."],
];

/** What is known from the number of the error alone, when the log is silent or full. */
const NUMBERS = {
  ENOSPC: "The log is longer than its room, so the kernel gave up. What is shown here is its beginning.",
  E2BIG: "The program is too long, or too much work for the verifier.",
  EINVAL: "The kernel refused the call itself, before or beside the verifier.",
  EPERM: "Who loads the program has no right to.",
  EACCES: "The verifier refused, and said no more.",
  EAGAIN: "The verifier was interrupted.",
  EINTR: "The verifier was interrupted.",
  ENOMEM: "The kernel had no memory left for the work.",
};

function count(number, thing) {
  return `${number} ${thing}${number === "1" ? "" : "s"}`;
}

function access(words) {
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
