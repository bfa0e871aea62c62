// SPDX-License-Identifier: GPL-2.0-only
/**
 * The notation of the kernel's disassembler (kernel/bpf/disasm.c), read the other way round: from text to instructions.
 * Where a jump leads is left open if it names a label.
 */
import {
  ALU,
  ATOMIC,
  CALL,
  CLASS,
  COMPARE,
  EXIT,
  FETCHING,
  GOTO,
  MODE,
  NEGATE,
  PSEUDO_CALL,
  PSEUDO_MAP,
  TWO_SLOTS,
  SIZE,
  SOURCE,
  TO_BIG_ENDIAN,
  TO_LITTLE_ENDIAN,
} from "./encoding.js";
import { FUNCTIONS, HELPERS } from "./helpers.js";
import { KFUNCS, noKfunc } from "./kfuncs.js";
import { beginsMap, EXAMPLE, mapDeclaration } from "./maps.js";
import { nearest } from "./nearest.js";
import {
  address,
  asRegister,
  AT_V3,
  constant,
  fail,
  fits,
  halves,
  LONGEST_NUMBER,
  memory,
  number,
  place,
  pointerType,
  Reader,
  register,
  REGISTER,
  short,
  wholeRegister,
  wrongRegister,
} from "./operands.js";
import { CALLBACK } from "./sections.js";
import { groupsOf } from "./tokens.js";

/** @typedef {import("../kernel/instruction.js").Instruction} Instruction */
/** @typedef {import("./operands.js").Register} Register */
/** @typedef {import("./operands.js").WrittenNumber} WrittenNumber */
/** @typedef {import("./tokens.js").Token} Token */

/**
 * @typedef {object} Statement An instruction, or a label before one, or the declaration of a map.
 * @property {Token} at its first token
 * @property {string} [label] set if the statement is a label
 * @property {string} [declares] the name of a map, set if the statement declares one
 * @property {import("./maps.js").MapDeclaration} [map] that map, if there is no mistake in its declaration
 * @property {Instruction[]} [slots] set if it is an instruction; two for a 64-bit constant
 * @property {Token} [target] the label to which the instruction jumps
 * @property {"off" | "imm"} [field] where the distance to that label goes
 * @property {Token} [uses] the map whose descriptor goes into the instruction
 */

/**
 * @typedef {object} PastedLine A line of a text that a tool printed, without what is around the instruction.
 * @property {string} text the instruction; columns are those of the line it was on
 * @property {number | null} [index] the instruction's number, if the line has one
 * @property {number | null} [code] the instruction's code, if the line has one
 * @property {Instruction[]} [slots] the instruction itself, if the line has its bytes
 * @property {boolean} [behind]
 */

/** @typedef {Omit<Statement, "at" | "label" | "declares" | "map">} Parsed An instruction, before it is said where it begins. */

const HELPER_NUMBERS = new Map(HELPERS.map((name, number) => [name, number]));
const MNEMONICS = new Set(["if", "goto", "call", "lock", "exit"]);
const MAP = "map";
/** `map[id:5]`, `map_fd 3`: how tools show a map. */
const SHOWN_MAP = /^map(?:_fd|_value)?$/;
const LABELLED = /^\s*(?:(?<label>\.?[A-Za-z_][\w.]*):)?\s*(?<rest>.*)$/s;
const FIRST_WORD = /^\w*/;
const CONDITION = /^\w+\s+[rw]\d/i;

/** @type {Record<string, string>} */
const NEWER = {
  gotol: "a jump by 32 bits",
  may_goto: "a loop that the kernel may end",
  bswap16: "an unconditional swap of bytes",
  bswap32: "an unconditional swap of bytes",
  bswap64: "an unconditional swap of bytes",
  addr_space_cast: "a cast between the address spaces of an arena",
  load_acquire: "a load that orders those after it",
  store_release: "a store that orders those before it",
};
const WRITTEN_IN_C = new Set(["may_goto", "addr_space_cast", "load_acquire", "store_release"]);

/**
 * @param {Reader} reader
 * @param {Register} destination
 * @returns {Instruction}
 */
function load(reader, destination) {
  const start = reader.next;
  const place = memory(reader);
  const { size } = place;
  if (destination.file === "w" && (place.skb || size === SIZE.u64))
    fail(`this load fills the whole register: write r${destination.number}`, destination.token);
  if (!place.skb)
    return { code: CLASS.LDX | MODE.MEM | size, dst: destination.number, src: place.base, off: place.off };
  if (destination.number !== 0) fail("a load from skb goes to r0", start);
  const { base, imm } = place;
  return { code: CLASS.LD | (base === undefined ? MODE.ABS : MODE.IND) | size, src: base ?? 0, imm };
}

/**
 * @param {Reader} reader
 * @returns {Instruction}
 */
function store(reader) {
  const start = reader.next;
  const place = memory(reader);
  if (place.skb) fail("skb can only be read", start);
  const { size, base, off } = place;
  if (Object.hasOwn(ALU, reader.next.text) && reader.next.text !== "=")
    fail("arithmetic on memory is atomic, and written with “lock” before it", reader.next);
  reader.expect("=");
  if (!asRegister(reader.next)) {
    const imm = constant(reader, { hint: ": load it into a register first" });
    return { code: CLASS.ST | MODE.MEM | size, dst: base, off, imm };
  }
  const src = sizedRegister(reader, size, "a store of 64 bits takes the whole register");
  return { code: CLASS.STX | MODE.MEM | size, dst: base, src, off };
}

/**
 * `lock *(u64 *)(r1 + 0) += r2`
 * @param {Reader} reader
 * @returns {Instruction}
 */
function lock(reader) {
  reader.take();
  const place = memory(reader);
  if (place.skb) fail("skb can only be read", reader.next);
  const { size, base, off } = place;
  const sign = reader.take();
  if (!Object.hasOwn(ATOMIC, sign.text)) fail("an atomic operation is +=, |=, &= or ^=", sign);
  const src = sizedRegister(reader, size, "an atomic operation on 64 bits takes the whole register");
  return { code: CLASS.STX | MODE.ATOMIC | size, dst: base, src, off, imm: ATOMIC[sign.text] };
}

/**
 * What takes no more than 32 bits from a register may call it w, as compilers do.
 * @param {Reader} reader
 * @param {number} size
 * @param {string} why
 * @returns {number}
 */
function sizedRegister(reader, size, why) {
  return size === SIZE.u64 ? wholeRegister(reader, why) : register(reader).number;
}

/** The kernel's name, atomic64_xchg, or the compiler's, xchg_64, and xchg32_32 where it takes half registers. */
const ATOMIC_NAME = /^(?:atomic(?<bits>64)?_(?<what>\w+)|(?<swap>xchg|cmpxchg)(?:32)?_(?<width>32|64))$/;

/**
 * `r2 = atomic64_fetch_add((u64 *)(r1 + 0), r2)`, `r0 = atomic_cmpxchg((u32 *)(r1 + 0), r0, r2)`,
 * `w0 = cmpxchg32_32(r1 + 0, w0, w2)`
 * @param {Reader} reader
 * @param {Register} destination
 * @returns {Instruction}
 */
function atomic(reader, destination) {
  const name = reader.take();
  const { what, bits, swap, width } = groupsOf(ATOMIC_NAME.exec(name.text));
  const operation = swap ?? what;
  if (!Object.hasOwn(FETCHING, operation))
    fail(`there is no ${name.text}: there are ${Object.keys(FETCHING).join(", ")}`, name);
  const compares = operation === "cmpxchg";
  const { file, number: result, token } = destination;
  if (compares && result !== 0) fail("the old value of cmpxchg comes into r0", token);

  reader.expect("(");
  const type = reader.next;
  const size = swap ? SIZE[`u${width}`] : pointerType(reader);
  // The compiler writes atomic_ for both sizes.
  if (bits === "64" && size !== SIZE.u64) fail("atomic64_ goes with u64, atomic_ with u32", type);
  if (file === "w" && size === SIZE.u64) fail(`the old value fills the whole register: write r${result}`, token);
  const { base, off } = swap ? place(reader) : address(reader);
  reader.expect(",");
  if (compares) {
    reader.expect(`${file}0`, `cmpxchg compares with ${file}0`);
    reader.expect(",");
  }
  const operand = reader.next;
  const src = sizedRegister(reader, size, "an atomic operation on 64 bits takes the whole register");
  if (!compares && src !== result) fail(`the old value comes into the same register: r${src} = ${name.text}(…)`, operand);
  reader.expect(")");
  return { code: CLASS.STX | MODE.ATOMIC | size, dst: base, src, off, imm: FETCHING[operation] };
}

const SWAP_NAME = /^(?<order>be|le)(?<bits>\d+)$/;

/**
 * `r0 = be16 r0`
 * @param {Reader} reader
 * @param {Register} destination
 * @returns {Instruction}
 */
function swap(reader, destination) {
  const name = reader.take();
  const { order, bits } = groupsOf(SWAP_NAME.exec(name.text));
  if (!["16", "32", "64"].includes(bits)) fail(`bytes are swapped in 16, 32 or 64 bits: ${order}16 …`, name);
  if (destination.file === "w") fail(`bytes are swapped in the whole register: write r${destination.number}`, name);
  sameRegister(reader, destination, "bytes are swapped in their own register");
  const code = CLASS.ALU | (order === "be" ? TO_BIG_ENDIAN : TO_LITTLE_ENDIAN);
  return { code, dst: destination.number, imm: Number(bits) };
}

/**
 * @param {Reader} reader
 * @param {Register} destination
 * @param {string} why
 */
function sameRegister(reader, destination, why) {
  const { file, number: own } = destination;
  const { file: otherFile, number: other, token } = register(reader);
  if (file !== otherFile || own !== other) fail(`${why}: write ${file}${own}`, token);
}

/**
 * @param {Reader} reader
 * @returns {boolean}
 */
function isNegation(reader) {
  return reader.next.text === "-" && reader.tokens[reader.position + 1].kind === "word";
}

/**
 * @param {Reader} reader
 * @param {Register} destination
 * @returns {Instruction}
 */
function negate(reader, destination) {
  reader.take();
  sameRegister(reader, destination, "a register is negated in place");
  return { code: classOf(destination) | NEGATE, dst: destination.number };
}

/**
 * @param {Register} destination
 * @returns {number}
 */
function classOf(destination) {
  return destination.file === "w" ? CLASS.ALU : CLASS.ALU64;
}

/**
 * `r1 = 0x0 ll`: 64 bits of constant, in two instructions' room.
 * @param {Reader} reader
 * @param {Register} destination
 * @returns {Instruction[]}
 */
function wide(reader, destination) {
  const { value, text, token } = number(reader);
  reader.accept("ll");
  if (destination.file === "w")
    fail(`64 bits fill the whole register: write r${destination.number}`, destination.token);
  if (value < -(1n << 63n) || value >= 1n << 64n) fail(`${text} does not fit into 64 bits`, token);
  const [low, high] = halves(value);
  return [
    { code: TWO_SLOTS, dst: destination.number, imm: low },
    { code: 0, imm: high },
  ];
}

/**
 * `r1 = counts ll`: a map, of which the kernel is given a descriptor.
 * @param {Reader} reader
 * @param {Register} destination
 * @returns {Parsed}
 */
function mapOf(reader, destination) {
  const uses = reader.take();
  reader.take();
  if (destination.file === "w") fail(`a map fills the whole register: write r${destination.number}`, destination.token);
  return { slots: [{ code: TWO_SLOTS, dst: destination.number, src: PSEUDO_MAP }, { code: 0 }], uses };
}

/**
 * @param {Reader} reader
 * @returns {boolean}
 */
function isMap(reader) {
  return reader.next.kind === "word" && !asRegister(reader.next) && reader.follows(1, "ll");
}

/**
 * @param {Reader} reader
 * @param {number | null} code
 * @returns {boolean}
 */
function isWide(reader, code) {
  const signs = reader.next.text === "-" || reader.next.text === "+" ? 1 : 0;
  const isNumber = reader.tokens[reader.position + signs]?.kind === "number";
  return isNumber && (code === TWO_SLOTS || reader.follows(signs + 1, "ll"));
}

/**
 * `r0 += r1`, `w0 = 42`
 * @param {Reader} reader
 * @param {Token} sign
 * @param {Register} destination
 * @returns {Instruction}
 */
function arithmetic(reader, sign, destination) {
  const code = classOf(destination) | ALU[sign.text];
  const dst = destination.number;
  if (!asRegister(reader.next)) {
    if (reader.next.kind === "word") fail(wrongRegister(reader.next), reader.next);
    const narrow = destination.file === "w";
    const hint = narrow
      ? ""
      : sign.text === "="
        ? `: ${"r"}${dst} = … ll takes 64 bits`
        : ": load it into a register first";
    return { code: code | SOURCE.CONSTANT, dst, imm: constant(reader, { unsigned: () => narrow, hint }) };
  }
  const source = register(reader);
  // A move of 32 bits clears the upper half, so compilers also write r0 = w1 for it.
  if (sign.text === "=" && destination.file === "r" && source.file === "w")
    return { code: CLASS.ALU | ALU["="] | SOURCE.REGISTER, dst, src: source.number };
  if (source.file !== destination.file) {
    const { file } = destination;
    fail(`${file}${dst} and ${source.token.text} differ in width: write ${file}${source.number}`, source.token);
  }
  return { code: code | SOURCE.REGISTER, dst, src: source.number };
}

/**
 * @param {Reader} reader
 * @param {Token} sign
 * @param {Register} destination
 * @param {number | null} code
 * @returns {Instruction[]}
 */
function moveFrom(reader, sign, destination, code) {
  const { next } = reader;
  if (next.text === "*") return [load(reader, destination)];
  if (isNegation(reader)) return [negate(reader, destination)];
  if (isWide(reader, code)) return wide(reader, destination);
  if (next.kind === "word" && SWAP_NAME.test(next.text)) return [swap(reader, destination)];
  if (next.kind === "word" && ATOMIC_NAME.test(next.text)) return [atomic(reader, destination)];
  if (Object.hasOwn(NEWER, next.text)) fail(newer(next.text), next);
  if (SHOWN_MAP.test(next.text) && !reader.follows(1, "ll")) fail(unknownMap(), next);
  if (next.text === "subprog" && !reader.follows(1, "ll")) fail(CALLBACK, next);
  if (next.text === "(") fail(`a move that extends the sign came with a later kernel than 6.1${AT_V3}`, next);
  return [arithmetic(reader, sign, destination)];
}

/** @returns {string} */
export function unknownMap() {
  return `which map this is, the text does not say: write its name, r1 = counts ll, and declare it, ${EXAMPLE}`;
}

/**
 * @param {string} name
 * @returns {string}
 */
function newer(name) {
  const written = WRITTEN_IN_C.has(name) ? ": the program in C asks for it" : AT_V3;
  return `${name}, ${NEWER[name]}, came with a later kernel than 6.1${written}`;
}

/**
 * @param {Reader} reader
 * @param {number | null} code
 * @returns {Parsed}
 */
function assign(reader, code) {
  const destination = register(reader);
  const sign = reader.take();
  if (sign.text === "s/=" || sign.text === "s%=")
    fail(`division with a sign, where there are /= and %=, came with a later kernel than 6.1${AT_V3}`, sign);
  if (!Object.hasOwn(ALU, sign.text))
    fail(`expected = or an operation such as +=, after ${destination.token.text}`, sign);
  if (sign.text === "=" && isMap(reader)) return mapOf(reader, destination);
  const slots = sign.text === "=" ? moveFrom(reader, sign, destination, code) : [arithmetic(reader, sign, destination)];
  return { slots };
}

/**
 * `pc+3`, `+3`, or a label.
 * @param {Reader} reader
 * @param {number} [bits]
 * @returns {{label: Token | undefined, distance: number}}
 */
function target(reader, bits = 16) {
  const start = reader.next;
  const counts = reader.accept("pc");
  if (!counts && start.kind === "word") {
    reader.take();
    if (asRegister(start)) fail("a jump leads to +N, -N or a label, not to where a register says", start);
    return { label: start, distance: 0 };
  }
  if (start.kind === "number")
    fail(`a jump is counted from the next instruction: +${short(start.text)}, or a label`, start);
  if (reader.next.text !== "+" && reader.next.text !== "-") fail("expected +N, -N or a label", reader.next);
  const { value, text, token } = number(reader);
  if (!fits(value, bits)) fail(`a jump by ${text} does not fit into ${bits} bits`, token);
  return { label: undefined, distance: Number(value) };
}

/**
 * @param {Reader} reader
 * @returns {Parsed}
 */
function goto(reader) {
  reader.take();
  const { label, distance } = target(reader);
  return { slots: [{ code: CLASS.JMP | GOTO, off: distance }], target: label, field: "off" };
}

/**
 * `if r1 s> 5 goto out`
 * @param {Reader} reader
 * @param {number | null} code
 * @returns {Parsed}
 */
function branch(reader, code) {
  reader.take();
  const left = register(reader);
  const sign = reader.take();
  if (!Object.hasOwn(COMPARE, sign.text)) {
    const hint = sign.text === "=" ? ": equality is ==" : `: there are ${Object.keys(COMPARE).join(" ")}`;
    fail(`“${sign.text}” compares nothing${hint}`, sign);
  }
  const operand = comparedWith(reader, left, code !== null);
  reader.expect("goto", "expected goto and where to");
  const { label, distance } = target(reader);
  const { source, src, imm } = operand;
  const operation = (left.file === "w" ? CLASS.JMP32 : CLASS.JMP) | COMPARE[sign.text] | source;
  return { slots: [{ code: operation, dst: left.number, src, imm, off: distance }], target: label, field: "off" };
}

/**
 * @param {Reader} reader
 * @param {Register} left
 * @param {boolean} isShown true if the kernel has printed this
 * @returns {{source: number, src?: number, imm?: number}}
 */
function comparedWith(reader, left, isShown) {
  if (!asRegister(reader.next)) {
    if (reader.next.kind === "word") fail(wrongRegister(reader.next), reader.next);
    // The kernel shows the constant of a comparison as 32 bare bits: its 0xffffffff is -1. A reader's would be another.
    /** @param {WrittenNumber} found */
    const unsigned = ({ hexadecimal }) => left.file === "w" || (isShown && hexadecimal);
    return { source: SOURCE.CONSTANT, imm: constant(reader, { unsigned, hint: ": load it into a register first" }) };
  }
  const right = register(reader);
  if (right.file !== left.file)
    fail(`${left.token.text} and ${right.token.text} differ in width: write ${left.file}${right.number}`, right.token);
  return { source: SOURCE.REGISTER, src: right.number };
}

/**
 * `call bpf_ktime_get_ns#5`, `call 5`; `call pc+2` and `call label` for a function of the program's own.
 * @param {Reader} reader
 * @returns {Parsed}
 */
function call(reader) {
  reader.take();
  const callee = reader.next;
  if (callee.kind === "number") return { slots: [helperCall(constant(reader))] };
  if (callee.kind === "end" || callee.text === ";") fail("expected a helper, such as bpf_ktime_get_ns", callee);
  if (callee.kind === "word" && callee.text !== "pc") {
    reader.take();
    const known = helper(callee);
    if (known !== undefined) return { slots: [helperCall(known)] };
    if (HELPER_NUMBERS.has(`bpf_${callee.text}`)) fail(`helpers are written in full: bpf_${callee.text}`, callee);
    return { slots: [ownCall(0)], target: callee, field: "imm" };
  }
  if (callee.text !== "pc") fail("expected a helper, such as bpf_ktime_get_ns; or pc and a distance", callee);
  return { slots: [ownCall(target(reader, 32).distance)] };
}

/**
 * @param {number} imm
 * @returns {Instruction}
 */
function helperCall(imm) {
  return { code: CLASS.JMP | CALL, imm };
}

/**
 * @param {number} imm
 * @returns {Instruction}
 */
function ownCall(imm) {
  return { code: CLASS.JMP | CALL, src: PSEUDO_CALL, imm };
}

/**
 * @param {Token} token
 * @returns {number | undefined} nothing if it can be the name of a function of the program's own
 */
function helper(token) {
  const [name, digits] = token.text.split("#");
  const known = HELPER_NUMBERS.get(FUNCTIONS.get(name) ?? name);
  if (digits !== undefined && name === "unknown") return unknownHelper(token, digits);
  if (known === undefined) return digits === undefined ? undefined : fail(noHelper(name), token);
  // bpftool shows the helper's distance in the kernel, which is no helper's number.
  if (digits !== undefined && Number(digits) !== known && Object.hasOwn(HELPERS, digits))
    fail(`${name} has the number ${known}, not ${short(digits)}`, token);
  return known;
}

/**
 * @param {string} name
 * @returns {string}
 */
export function noHelper(name) {
  if (KFUNCS.includes(name)) return noKfunc(name);
  const near = nearest(name, HELPERS);
  return `there is no helper ${short(name)} in Linux 6.1${near ? `: ${near}?` : ""}`;
}

/**
 * @param {Token} token
 * @param {string} digits
 * @returns {number}
 */
function unknownHelper(token, digits) {
  const imm = digits.length > LONGEST_NUMBER ? 1n << 32n : BigInt(digits);
  if (!fits(imm, 32)) fail("the helper's number does not fit into 32 bits", token);
  return Number(imm);
}

/**
 * @param {Reader} reader
 * @returns {Statement}
 */
function labelled(reader) {
  const name = reader.take();
  reader.take();
  if (REGISTER.test(name.text) || MNEMONICS.has(name.text) || name.text === "pc" || HELPER_NUMBERS.has(name.text))
    fail(`${short(name.text)} has a meaning already, and cannot be a label`, name);
  return { at: name, label: name.text };
}

/**
 * @param {Reader} reader
 * @returns {Parsed}
 */
function exit(reader) {
  reader.take();
  return { slots: [{ code: CLASS.JMP | EXIT }] };
}

/**
 * @param {Reader} reader
 * @param {number | null} code
 * @returns {Parsed}
 */
function instruction(reader, code) {
  const first = reader.next;
  if (first.text === "*") return { slots: [store(reader)] };
  if (first.text === "exit") return exit(reader);
  if (first.text === "if") return branch(reader, code);
  if (first.text === "goto") return goto(reader);
  if (first.text === "call") return call(reader);
  if (first.text === "lock") return { slots: [lock(reader)] };
  if (first.kind === "word" && REGISTER.test(first.text)) return assign(reader, code);
  return fail(notAnInstruction(first), first);
}

/**
 * @param {Token} first
 * @returns {string}
 */
function notAnInstruction(first) {
  const { kind, text } = first;
  if (kind !== "word") return "an instruction begins with a register, *, if, goto, call, lock or exit";
  if (text === ".map") return `a map is declared without a dot: ${EXAMPLE}`;
  if (REGISTER.test(text.toLowerCase())) return wrongRegister(first);
  if (Object.hasOwn(NEWER, text)) return newer(text);
  const near = nearest(text, MNEMONICS);
  return `“${short(text)}” is no instruction${near ? `: ${near}?` : ""}`;
}

/**
 * @param {string} text a line
 * @returns {boolean} true if it was meant as an instruction or a label, even if it is none; sentences and C are not
 */
export function beginsInstruction(text) {
  const { label, rest } = groupsOf(LABELLED.exec(text));
  const [word] = FIRST_WORD.exec(rest) ?? [""];
  if (word === "") return rest.startsWith("*") || (rest === "" && label !== undefined);
  if (beginsMap(rest)) return true;
  const near = nearest(word, MNEMONICS);
  // A sentence, or C, may begin with if as well.
  if (near === "if") return CONDITION.test(rest);
  return REGISTER.test(word.toLowerCase()) || near !== undefined;
}

/**
 * A map with a mistake is declared all the same: there is no need to say so again wherever it is used.
 * @param {Reader} reader
 * @param {Statement[]} statements is added to
 */
function declare(reader, statements) {
  /** @type {Statement} */
  const statement = { at: reader.next, declares: reader.tokens[reader.position + 1].text };
  statements.push(statement);
  statement.map = mapDeclaration(reader);
}

/**
 * @param {Token[]} tokens of one line
 * @param {number | null} code the first instruction's code if it is known, as in a log: `r0 = 0x1` may be two things
 * @param {Statement[]} statements is filled, as far as there is no mistake
 * @throws {import("./tokens.js").Diagnostic}
 */
export function parse(tokens, code, statements) {
  const reader = new Reader(tokens);
  while (reader.next.kind !== "end") {
    if (reader.accept(";")) continue;
    if (reader.next.kind === "word" && reader.follows(1, ":")) {
      statements.push(labelled(reader));
      continue;
    }
    const at = reader.next;
    const isInstruction = at.text !== MAP;
    if (isInstruction) statements.push({ at, ...instruction(reader, code) });
    else declare(reader, statements);
    const after = reader.next;
    const what = isInstruction ? "instruction" : "declaration";
    if (after.kind !== "end" && after.text !== ";")
      fail(`the ${what} is complete before this: ; or a new line begins the next one`, after);
  }
}
