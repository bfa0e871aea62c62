// SPDX-License-Identifier: GPL-2.0-only
/** What instructions are made of: registers, numbers and places in memory, read from the tokens of a line. */
import { SIZE } from "./encoding.js";
import { Diagnostic, groupsOf } from "./tokens.js";

/** @typedef {import("./tokens.js").Token} Token */

/** @typedef {{file: string, number: number, token: Token}} Register */

/** @typedef {{value: bigint, text: string, token: Token, hexadecimal: boolean}} WrittenNumber */

/**
 * @typedef {{size: number, skb: false, base: number, off: number}
 *   | {size: number, skb: true, base: number | undefined, imm: number}} Memory a place in memory, or in a packet
 */

export const REGISTER = /^(?<file>[rw])(?<number>\d+)$/;
export const LONGEST_NUMBER = 24; // digits: more than any 64-bit number has
const LAST_REGISTER = 10;
const SIGNED_SIZE = /^s(?:8|16|32)$/;

/** Ends the message about an instruction that this kernel lacks. */
export const AT_V3 = ": clang does without it when it is given -mcpu=v3";

/** Reads the tokens of one line, from left to right. */
export class Reader {
  /** @param {Token[]} tokens */
  constructor(tokens) {
    this.tokens = tokens;
    this.position = 0;
  }

  /** @returns {Token} */
  get next() {
    return this.tokens[this.position];
  }

  /** @returns {Token} the next one, which is then read */
  take() {
    const token = this.next;
    if (token.kind !== "end") this.position++;
    return token;
  }

  /**
   * @param {...string} texts
   * @returns {Token | undefined} the next token if it has one of the texts; it is then read
   */
  accept(...texts) {
    return this.next.kind !== "end" && texts.includes(this.next.text) ? this.take() : undefined;
  }

  /**
   * @param {string} text
   * @param {string} [instead] a message that says it better
   * @returns {Token}
   */
  expect(text, instead) {
    return this.accept(text) ?? fail(instead ?? `expected “${text}”`, this.next);
  }

  /**
   * @param {number} ahead how many tokens after the next one
   * @param {string} text
   * @returns {boolean}
   */
  follows(ahead, text) {
    return this.tokens[Math.min(this.position + ahead, this.tokens.length - 1)].text === text;
  }
}

/**
 * @param {string} message
 * @param {Token} token
 * @returns {never}
 */
export function fail(message, token) {
  throw new Diagnostic(token.kind === "end" ? `${message}, but the line ends` : message, token);
}

/**
 * @param {Token} token
 * @returns {{file: string, number: number} | undefined}
 */
export function asRegister(token) {
  const found = token.kind === "word" && REGISTER.exec(token.text);
  if (!found) return undefined;
  const { file, number: digits } = groupsOf(found);
  const number = Number(digits);
  if (number > LAST_REGISTER || token.text !== `${file}${number}`)
    fail(`there is no register ${token.text}: they are ${file}0 to ${file}${LAST_REGISTER}`, token);
  return { file, number };
}

/**
 * @param {Token} token
 * @returns {string}
 */
export function wrongRegister(token) {
  const small = token.text.toLowerCase();
  if (token.kind === "word" && REGISTER.test(small)) return `registers are written with a small letter: ${small}`;
  return "expected a register, r0 to r10";
}

/**
 * @param {Reader} reader
 * @returns {Register}
 */
export function register(reader) {
  const token = reader.next;
  const found = asRegister(token) ?? fail(wrongRegister(token), token);
  return { ...found, token: reader.take() };
}

/**
 * A register where addresses and values in memory are concerned: all 64 bits of it.
 * @param {Reader} reader
 * @param {string} why
 * @returns {number}
 */
export function wholeRegister(reader, why) {
  const { file, number, token } = register(reader);
  if (file === "w") fail(`${why}: write r${number}`, token);
  return number;
}

const NUMBER = /^(?:0[xX][0-9a-fA-F]+|\d+)$/;

/**
 * @param {Reader} reader
 * @param {string} [what] is expected
 * @returns {WrittenNumber}
 */
export function number(reader, what = "a number") {
  const start = reader.next;
  const sign = reader.accept("-", "+");
  const digits = reader.next;
  if (digits.kind !== "number") fail(`expected ${what}`, digits);
  if (!NUMBER.test(digits.text)) fail(`“${short(digits.text)}” is no number: write 42, or 0x2a`, digits);
  if (digits.text.length > LONGEST_NUMBER) fail("the number does not fit into 64 bits", digits);
  reader.take();
  const magnitude = BigInt(digits.text);
  const text = `${sign?.text === "-" ? "-" : ""}${digits.text}`;
  const length = digits.column + digits.text.length - start.column;
  return {
    value: sign?.text === "-" ? -magnitude : magnitude,
    text,
    token: { ...start, kind: "number", text, length },
    hexadecimal: /^0x/i.test(digits.text),
  };
}

/**
 * @param {string} text
 * @returns {string}
 */
export function short(text) {
  return text.length > 30 ? `${text.slice(0, 30)}…` : text;
}

/**
 * @param {bigint} value of 64 bits
 * @returns {[number, number]} its lower and its upper 32 bits, with a sign
 */
export function halves(value) {
  return [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
}

/**
 * @param {bigint} value
 * @param {number} bits
 * @returns {boolean}
 */
export function fits(value, bits) {
  return value >= -(1n << BigInt(bits - 1)) && value < 1n << BigInt(bits - 1);
}

/**
 * A constant of an instruction. It has 32 bits, and a 64-bit operation extends it by its sign; where it does not, or
 * where the disassembler shows the bare bits, the number may also be written without a sign.
 * @param {Reader} reader
 * @param {object} [options]
 * @param {(found: WrittenNumber) => boolean} [options.unsigned] whether this one may be written without a sign
 * @param {string} [options.hint] ends the message about a number that is too large
 * @returns {number}
 */
export function constant(reader, { unsigned = () => false, hint = "" } = {}) {
  const found = number(reader, "a register or a number");
  const { value, text, token } = found;
  const bare = value >= 0n && value < 1n << 32n && unsigned(found);
  if (!fits(value, 32) && !bare) fail(`${text} does not fit into 32 bits with a sign${hint}`, token);
  return Number(BigInt.asIntN(32, value));
}

/**
 * @param {Reader} reader
 * @returns {number}
 */
function offset(reader) {
  if (reader.next.text === ")") fail("the address needs an offset: (r1 + 0)", reader.next);
  if (reader.next.text !== "+" && reader.next.text !== "-") fail("expected + or - and an offset", reader.next);
  const { value, text, token } = number(reader, "an offset, a number");
  if (!fits(value, 16)) fail(`offset ${text} does not fit into 16 bits: -32768 to 32767`, token);
  return Number(value);
}

/**
 * `(u32 *)`, the size of what is read or written.
 * @param {Reader} reader
 * @returns {number}
 */
export function pointerType(reader) {
  reader.expect("(", "expected the size in brackets, such as (u32 *)");
  const token = reader.take();
  if (SIGNED_SIZE.test(token.text))
    fail(`a load that extends the sign (${token.text}) came with a later kernel than 6.1${AT_V3}`, token);
  if (!Object.hasOwn(SIZE, token.text)) fail("the size is u8, u16, u32 or u64", token);
  reader.expect("*");
  reader.expect(")");
  return SIZE[token.text];
}

/**
 * `r1 + 0`
 * @param {Reader} reader
 * @returns {{base: number, off: number}}
 */
export function place(reader) {
  return { base: wholeRegister(reader, "an address fills the whole register"), off: offset(reader) };
}

/**
 * `(r1 + 0)`
 * @param {Reader} reader
 * @returns {{base: number, off: number}}
 */
export function address(reader) {
  reader.expect("(", "expected the address in brackets, such as (r1 + 0)");
  const found = place(reader);
  reader.expect(")");
  return found;
}

/**
 * `*(u32 *)(r1 + 0)`, or the form for packets, `*(u32 *)skb[12]`.
 * @param {Reader} reader
 * @returns {Memory}
 */
export function memory(reader) {
  reader.expect("*");
  const size = pointerType(reader);
  return reader.next.text === "skb" ? { size, ...packet(reader) } : { size, skb: false, ...address(reader) };
}

/**
 * @param {Reader} reader
 * @returns {{skb: true, base: number | undefined, imm: number}}
 */
function packet(reader) {
  reader.take();
  reader.expect("[");
  const base = asRegister(reader.next) && wholeRegister(reader, "an offset fills the whole register");
  if (base !== undefined) reader.expect("+");
  const imm = constant(reader);
  reader.expect("]");
  return { skb: true, base, imm };
}
