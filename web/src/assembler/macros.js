// SPDX-License-Identifier: GPL-2.0-only
/** Instructions as C programs write them: the macros of include/linux/filter.h, `BPF_LDX_MEM(BPF_W, BPF_REG_0, …)`. */
import { ALU, ATOMIC, CALL, CLASS, COMPARE, EXIT, FETCH, FETCHING, GOTO, MODE, NEGATE, SIZE } from "./encoding.js";
import { PSEUDO_CALL, SOURCE, TO_BIG_ENDIAN, TO_LITTLE_ENDIAN } from "./encoding.js";
import { HELPERS } from "./helpers.js";
import { nearest } from "./nearest.js";
import { fail, fits, halves, LONGEST_NUMBER, Reader, short } from "./operands.js";
import { beginsInstruction } from "./statements.js";
import { Diagnostic, groupsOf, tokenize } from "./tokens.js";

/** @typedef {import("../kernel/instruction.js").Instruction} Instruction */
/** @typedef {import("./tokens.js").Token} Token */
/** @typedef {{at: Token, slots: Instruction[]}} Macro */

const END = TO_LITTLE_ENDIAN & 0xf0;
const LAST_REGISTER = 10;
const OPERATION = 0xf0;
const MASKS = { BPF_CLASS: 0x07, BPF_SIZE: 0x18, BPF_MODE: 0xe0, BPF_OP: OPERATION, BPF_SRC: 0x08 };

/** What names stand for in uapi/linux/bpf.h and bpf_common.h. */
const VALUES = new Map(
  Object.entries({
    ...Object.fromEntries(Object.entries(CLASS).map(([name, value]) => [`BPF_${name}`, value])),
    ...Object.fromEntries(Object.entries(MODE).map(([name, value]) => [`BPF_${name}`, value])),
    ...Object.fromEntries(Array.from({ length: LAST_REGISTER + 1 }, (_, n) => [`BPF_REG_${n}`, n])),
    ...Object.fromEntries(HELPERS.map((name, n) => [name.replace(/^bpf_/, "BPF_FUNC_"), n])),
    ...{ BPF_REG_FP: LAST_REGISTER, BPF_REG_CTX: 6, BPF_REG_ARG1: 1, BPF_REG_ARG2: 2, BPF_REG_ARG3: 3 },
    ...{ BPF_REG_ARG4: 4, BPF_REG_ARG5: 5, BPF_XADD: MODE.ATOMIC },
    ...{ BPF_W: SIZE.u32, BPF_H: SIZE.u16, BPF_B: SIZE.u8, BPF_DW: SIZE.u64, BPF_K: SOURCE.CONSTANT, BPF_X: SOURCE.REGISTER },
    ...{ BPF_ADD: ALU["+="], BPF_SUB: ALU["-="], BPF_MUL: ALU["*="], BPF_DIV: ALU["/="], BPF_OR: ALU["|="] },
    ...{ BPF_AND: ALU["&="], BPF_LSH: ALU["<<="], BPF_RSH: ALU[">>="], BPF_MOD: ALU["%="], BPF_XOR: ALU["^="] },
    ...{ BPF_MOV: ALU["="], BPF_ARSH: ALU["s>>="], BPF_NEG: NEGATE, BPF_END: END },
    ...{ BPF_TO_LE: TO_LITTLE_ENDIAN & 0x08, BPF_TO_BE: TO_BIG_ENDIAN & 0x08 },
    ...{ BPF_FROM_LE: TO_LITTLE_ENDIAN & 0x08, BPF_FROM_BE: TO_BIG_ENDIAN & 0x08 },
    ...{ BPF_JA: GOTO, BPF_JEQ: COMPARE["=="], BPF_JGT: COMPARE[">"], BPF_JGE: COMPARE[">="], BPF_JSET: COMPARE["&"] },
    ...{ BPF_JNE: COMPARE["!="], BPF_JSGT: COMPARE["s>"], BPF_JSGE: COMPARE["s>="], BPF_JLT: COMPARE["<"] },
    ...{ BPF_JLE: COMPARE["<="], BPF_JSLT: COMPARE["s<"], BPF_JSLE: COMPARE["s<="], BPF_CALL: CALL, BPF_EXIT: EXIT },
    ...{ BPF_FETCH: FETCH, BPF_XCHG: FETCHING.xchg, BPF_CMPXCHG: FETCHING.cmpxchg },
    ...{ BPF_PSEUDO_CALL: PSEUDO_CALL, BPF_PSEUDO_MAP_FD: 1, BPF_PSEUDO_MAP_VALUE: 2, BPF_PSEUDO_KFUNC_CALL: 2 },
  }),
);

/** @type {(code: number) => (op: number, dst: number, src: number, off?: number) => Instruction[]} */
const byRegister = (code) => (op, dst, src, off) => [{ code: code | (op & OPERATION) | SOURCE.REGISTER, dst, src, off }];
/** @type {(code: number) => (op: number, dst: number, imm: number, off?: number) => Instruction[]} */
const byConstant = (code) => (op, dst, imm, off) => [{ code: code | (op & OPERATION), dst, imm, off }];
/** @type {(mode: number) => (...fields: number[]) => Instruction[]} */
const atomic = (mode) => (size, op, dst, src, off) => [{ code: CLASS.STX | mode | size, dst, src, off, imm: op }];
const one = (/** @type {Instruction} */ instruction) => [instruction];

/**
 * The macros by name, without BPF_: what each argument is (its letter), and the instructions.
 * o: operation, size or code; d and s: registers; f: a distance or an offset; i: a constant; w: a constant of 64 bits.
 * @type {Record<string, [string, (...values: number[]) => Instruction[]]>}
 */
const MACROS = {
  ALU64_REG: ["ods", byRegister(CLASS.ALU64)],
  ALU32_REG: ["ods", byRegister(CLASS.ALU)],
  ALU64_IMM: ["odi", byConstant(CLASS.ALU64)],
  ALU32_IMM: ["odi", byConstant(CLASS.ALU)],
  MOV64_REG: ["ds", (dst, src) => byRegister(CLASS.ALU64)(ALU["="], dst, src)],
  MOV32_REG: ["ds", (dst, src) => byRegister(CLASS.ALU)(ALU["="], dst, src)],
  MOV64_IMM: ["di", (dst, imm) => byConstant(CLASS.ALU64)(ALU["="], dst, imm)],
  MOV32_IMM: ["di", (dst, imm) => byConstant(CLASS.ALU)(ALU["="], dst, imm)],
  ENDIAN: ["odi", (order, dst, imm) => one({ code: CLASS.ALU | END | (order & 0x08), dst, imm })],
  LD_IMM64: ["dw", (dst, low, high) => [{ code: CLASS.LD | MODE.IMM | SIZE.u64, dst, imm: low }, { code: 0, imm: high }]],
  LD_ABS: ["oi", (size, imm) => one({ code: CLASS.LD | MODE.ABS | size, imm })],
  LD_IND: ["osi", (size, src, imm) => one({ code: CLASS.LD | MODE.IND | size, src, imm })],
  LDX_MEM: ["odsf", (size, dst, src, off) => one({ code: CLASS.LDX | MODE.MEM | size, dst, src, off })],
  STX_MEM: ["odsf", (size, dst, src, off) => one({ code: CLASS.STX | MODE.MEM | size, dst, src, off })],
  ST_MEM: ["odfi", (size, dst, off, imm) => one({ code: CLASS.ST | MODE.MEM | size, dst, off, imm })],
  ATOMIC_OP: ["oidsf", atomic(MODE.ATOMIC)],
  STX_XADD: ["odsf", (size, dst, src, off) => atomic(MODE.ATOMIC)(size, ATOMIC["+="], dst, src, off)],
  JMP_REG: ["odsf", byRegister(CLASS.JMP)],
  JMP32_REG: ["odsf", byRegister(CLASS.JMP32)],
  JMP_IMM: ["odif", byConstant(CLASS.JMP)],
  JMP32_IMM: ["odif", byConstant(CLASS.JMP32)],
  JMP_A: ["f", (off) => one({ code: CLASS.JMP | GOTO, off })],
  CALL_REL: ["i", (imm) => one({ code: CLASS.JMP | CALL, src: PSEUDO_CALL, imm })],
  EMIT_CALL: ["i", (imm) => one({ code: CLASS.JMP | CALL, imm })],
  CALL_FUNC: ["i", (imm) => one({ code: CLASS.JMP | CALL, imm })],
  RAW_INSN: ["odsfi", (code, dst, src, off, imm) => one({ code, dst, src, off, imm })],
  EXIT_INSN: ["", () => one({ code: CLASS.JMP | EXIT })],
};
const MAPS = new Set(["BPF_LD_MAP_FD", "BPF_LD_MAP_VALUE", "BPF_LD_MAP_IDX"]);
const NAMES = Object.keys(MACROS).map((name) => `BPF_${name}`);

const ANY_MACRO = new RegExp(`\\b(?:${[...NAMES, ...MAPS].join("|")})\\s*\\(`);

/** Comments and strings of C. What is not closed goes on to the end. */
const COMMENTS_AND_STRINGS = /\/\*.*?(?:\*\/|$)|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"?/gs;

/** A line for C's preprocessor; in the kernel's notation, the sign begins a comment. */
const BEHIND_SIGN = /#[^\n]*/g;

const BITS = { d: 0, s: 0, o: 8, f: 16, i: 32, w: 64 };

/**
 * @param {string} text
 * @returns {string} without comments and strings; everything else keeps its place
 */
export function withoutComments(text) {
  return text.replace(COMMENTS_AND_STRINGS, (found) => found.replace(/[^\n]/g, " "));
}

/**
 * @param {string} text
 * @returns {boolean} true if there is a macro outside of comments, whichever notation these belong to
 */
export function hasMacros(text) {
  return ANY_MACRO.test(withoutComments(text).replace(BEHIND_SIGN, ""));
}

/** C's operations with two operands, those that bind weaker first. */
const OPERATIONS = [["|"], ["^"], ["&"], ["<", ">"], ["+", "-"], ["*", "/", "%"]];
const BITWISE = new Set(["|", "&"]);
/** @type {Record<string, (one: bigint, other: bigint) => bigint>} */
const COMPUTE = {
  "|": (one, other) => one | other,
  "^": (one, other) => one ^ other,
  "&": (one, other) => one & other,
  "<": (one, other) => one << other,
  ">": (one, other) => one >> other,
  "+": (one, other) => one + other,
  "-": (one, other) => one - other,
  "*": (one, other) => one * other,
  "/": (one, other) => one / other,
  "%": (one, other) => one % other,
};
const LITERAL = /^(?:0x(?<hex>[0-9a-f]+)|0(?<octal>[0-7]+)|(?<decimal>0|[1-9]\d*))(?<suffix>u?l{0,2}|l{1,2}u)$/i;

/** Numbers of 32 bits without a sign. */
const UNSIGNED = /^(?:\d\w*?u|0x[89a-f][0-9a-f]{7})$/i;
const BEYOND = 1n << 32n; // an int

/**
 * `BPF_ADD | BPF_FETCH`, `1 << 4`, `BPF_OP(BPF_JEQ)`
 * @param {Reader} reader
 * @param {number} [level] the operations from there on
 * @returns {bigint}
 */
function expression(reader, level = 0) {
  if (level === OPERATIONS.length) return term(reader);
  let value = expression(reader, level + 1);
  for (;;) {
    const sign = reader.next;
    const isShift = sign.text === "<" || sign.text === ">";
    if (!OPERATIONS[level].includes(sign.text) || (isShift && !reader.follows(1, sign.text))) return value;
    reader.take();
    if (isShift) reader.take();
    const other = expression(reader, level + 1);
    if (!BITWISE.has(sign.text)) [value, other].forEach((operand) => asInt(operand, sign));
    if ((isShift && (other < 0n || other > 31n)) || ("/%".includes(sign.text) && !other))
      fail("C does not say what this computes: write the number itself", sign);
    value = COMPUTE[sign.text](value, other);
    if (!BITWISE.has(sign.text)) asInt(value, sign);
  }
}

/**
 * Beyond an int, C's result depends on the operands' types, which are not known here.
 * @param {bigint} value
 * @param {Token} at
 * @returns {bigint}
 */
function asInt(value, at) {
  if (!fits(value, 32)) fail("what C computes here depends on the types: write the number itself", at);
  return value;
}

/**
 * @param {Reader} reader
 * @returns {bigint}
 */
function term(reader) {
  const { next } = reader;
  if (reader.accept("(")) {
    const value = expression(reader);
    reader.expect(")");
    return value;
  }
  if (reader.accept("+")) return term(reader);
  if (reader.accept("-", "~")) {
    const isUnsigned = UNSIGNED.test(reader.next.text);
    const value = term(reader);
    // 0x80000000 is unsigned in C, and so is what the signs make of it.
    if (isUnsigned || next.text === "~") asInt(isUnsigned ? BEYOND : value, next);
    return next.text === "-" ? -value : ~value;
  }
  if (next.kind === "number") return literal(reader);
  if (next.kind !== "word") fail("expected a number or a name", next);
  reader.take();
  if (Object.hasOwn(MASKS, next.text)) {
    reader.expect("(");
    const value = expression(reader);
    reader.expect(")");
    return value & BigInt(MASKS[/** @type {keyof typeof MASKS} */ (next.text)]);
  }
  const helper = HELPERS.indexOf(next.text);
  const value = helper > 0 ? helper : VALUES.get(next.text);
  if (value === undefined) {
    const near = nearest(next.text, VALUES.keys());
    fail(`${short(next.text)} is a name of the C program's own, without a value here${near ? `: ${near}?` : ""}`, next);
  }
  return BigInt(value);
}

/**
 * A number as C reads it: with a 0 in front, its base is 8.
 * @param {Reader} reader
 * @returns {bigint}
 */
function literal(reader) {
  const token = reader.take();
  if (token.text.length > LONGEST_NUMBER) fail("the number does not fit into 64 bits", token);
  const found = LITERAL.exec(token.text);
  if (!found) fail(`“${short(token.text)}” is not a number in C`, token);
  const { hex, octal, decimal } = groupsOf(found);
  return BigInt(hex !== undefined ? `0x${hex}` : octal !== undefined ? `0o${octal}` : decimal);
}

/**
 * @param {Reader} reader
 * @param {string} kind
 * @returns {number[]} one number; two for a constant of 64 bits
 */
function argument(reader, kind) {
  const { next } = reader;
  const value = expression(reader);
  const token = { ...next, length: Math.max(1, reader.tokens[reader.position - 1].column - next.column + 1) };
  if ((kind === "d" || kind === "s") && (value < 0n || value > LAST_REGISTER))
    fail(`there is no register ${value}: they are BPF_REG_0 to BPF_REG_${LAST_REGISTER}`, token);
  const bits = BITS[/** @type {keyof typeof BITS} */ (kind)];
  const unsigned = value >= 0n && kind !== "f" && value < 1n << BigInt(bits);
  if (bits && !unsigned && !fits(value, bits)) fail(`${value} does not fit into ${bits} bits`, token);
  if (kind === "w") return halves(value);
  return [kind === "o" ? Number(value) : halves(value)[0]];
}

/**
 * @param {Reader} reader whose next token is the name
 * @returns {Macro}
 */
function macro(reader) {
  const at = reader.take();
  if (MAPS.has(at.text)) fail("a map has no number here that could be written: the notation with names is r1 = counts ll", at);
  const [kinds, build] = MACROS[at.text.slice("BPF_".length)];
  reader.expect("(");
  /** @type {number[]} */
  const values = [];
  [...kinds].forEach((kind, index) => {
    if (index) reader.expect(",", `${at.text} takes ${kinds.length} arguments`);
    values.push(...argument(reader, kind));
  });
  reader.expect(")", `${at.text} takes ${kinds.length} argument${kinds.length === 1 ? "" : "s"}`);
  return { at, slots: build(...values) };
}

/**
 * Reads the lines of a program in C, one after the other. Of it, all is passed over that stands around the array; in
 * the array are macros alone, so that none of its instructions is lost.
 */
export class MacroReader {
  #begun = false; // the first macro was there
  #ended = false; // the array was closed behind the macros
  /** What stands before the first macro, and behind the `{` or `=` with which its array begins. @type {Token | undefined} */
  #before = undefined;

  /**
   * @param {string} text a line, or several that one macro goes over, without comments
   * @param {Macro[]} statements is filled, as far as there is no mistake
   * @throws {Diagnostic}
   */
  read(text, statements) {
    if (/^\s*#/.test(text)) return directive(text);
    const inside = this.#begun && !this.#ended;
    if (!inside && beginsInstruction(text.replace(/[{}]/g, " ")) && !ANY_MACRO.test(text)) throw mixed(text);
    const reader = new Reader(tokenize(text.replace(UNREAD_SIGNS, " ")));
    while (reader.next.kind !== "end") this.#piece(reader, statements);
  }

  /**
   * @param {Reader} reader
   * @param {Macro[]} statements
   */
  #piece(reader, statements) {
    const { next } = reader;
    const { kind, text } = next;
    if (kind === "word" && (NAMES.includes(text) || MAPS.has(text))) {
      if (this.#ended) fail("here a second program begins: one is loaded at a time, so paste one of them alone", next);
      if (this.#before) throw foreignPart(this.#before);
      this.#begun = true;
      statements.push(macro(reader));
      return;
    }
    if (kind === "word" && text.startsWith("BPF_") && reader.follows(1, "(") && !Object.hasOwn(MASKS, text))
      fail(`there is no macro ${short(text)}${suggestion(text)}`, next);
    reader.take();
    if (text === "{" || text === "=") this.#before = undefined;
    else if (!this.#begun) this.#before ??= next;
    if (!this.#begun || this.#ended || text === "," || text === ";") return;
    if (text !== "}") throw foreignPart(next);
    this.#ended = true;
  }
}

/** Signs that only C has. */
const UNREAD_SIGNS = /['.?\\@$`"]/g;

/**
 * @param {string} line
 */
function directive(line) {
  if (/^\s*#\s*include\b/.test(line)) return;
  const place = { column: line.indexOf("#") + 1, text: line.trim() };
  throw new Diagnostic("this line is for C's preprocessor, which does not run here: paste the array alone, without such lines", place);
}

/**
 * @param {string} line
 * @returns {Diagnostic}
 */
function mixed(line) {
  const message = "this is the kernel's notation, in a text of macros: write all instructions as macros, or none";
  return new Diagnostic(message, { column: line.search(/\S/) + 1, text: line.trim() });
}

/**
 * @param {Token} token
 * @returns {Diagnostic}
 */
function foreignPart(token) {
  const message = `“${short(token.text)}” is not a macro: between the macros of a program are only commas, so paste the array alone`;
  return new Diagnostic(message, token);
}

/**
 * @param {string} name
 * @returns {string}
 */
function suggestion(name) {
  const near = nearest(name, NAMES);
  return near ? `: ${near}?` : "";
}
