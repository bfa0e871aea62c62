// SPDX-License-Identifier: GPL-2.0-only
/** Programs as bare bytes: as hex digits, and as xxd, hexdump, od, objdump -s, readelf -x or a C array show them. */
import { decode, INSTRUCTION_BYTES } from "../kernel/instruction.js";
import { CALL, CLASS, EXIT, GOTO, isCall, MODE, NEGATE, PSEUDO_CALL, TWO_SLOTS } from "./encoding.js";
import { wholeLine } from "./sections.js";
import { Diagnostic, groupsOf } from "./tokens.js";

/** @typedef {import("../kernel/instruction.js").Instruction} Instruction */

/** `00000010  7b 2a f0 ff  |{*..|`: between signs, the same as text. */
const MARKED_TEXT = /^(?<rest>.*?)[ \t]+(?:\|(?<bars>.*)\||>(?<angles>.*)<)[ \t]*$/;
/** `00000010: 7b2a f0ff  {*..` of xxd, ` 0010 7b2af0ff 00000000  {*......` of objdump -s. */
const WITH_TEXT = /^ *(?<address>[0-9a-f]{4,16})(?<colon>:?) (?<bytes>(?<first>[0-9a-f]{2,})(?: [0-9a-f]{2,})*) {2,}(?<text>.*)$/i;
/** `  0x00000010 7b2af0ff 00000000 7b2ae8ff 00000000 {*......`, with one blank before the text. */
const READELF = /^ {2}0x(?<address>[0-9a-f]{8}) (?<bytes>[0-9a-f ]{35}) (?<text>.*)$/;
/** `00000010: `, `000010 `, ` 0010 `: where the bytes of the line are, before them. */
const ADDRESS = /^[ \t]*(?<prefix>0x)?(?<address>[0-9a-f]{4,16})(?<colon>:?)[ \t]+(?=(?<first>[0-9a-f]+))/i;
const BARE = /^[ \t]*(?<bytes>(?:[0-9a-f]{2}[ \t]*)+)$/i;
const IN_C = /^[ \t"]*(?<bytes>(?:(?:0x|\\x)[0-9a-f]{2}[ \t,"]*)+);?[ \t]*$/i;
const ALONE = /^[0-9a-f]{6,8}$/i;
const BASES = [16, 8, 10];
/** Around the bytes: an array's first and last line, headings of dumps, comments. */
const AROUND =
  /^[ \t]*(?:(?:\w+ ){0,4}\w+(?:\[\w*\])? ?=.*|\};?|Contents of section .*|Hex dump of section .*|.*:[ \t]+file format .*|NOTE: .*|\/\/.*|#.*|)[ \t]*$/;
/** Where hexdump and od leave out lines like the one before. */
const LEFT_OUT = "*";
const ELF = "7f454c46";
/** Dumps have short lines; bare bytes may be one long line. */
const LONGEST_DUMPED = 400;
const FEWEST_BYTES = INSTRUCTION_BYTES;

/**
 * `0000f0` alone on the last line of a dump is where the bytes end.
 * @param {string} line
 * @param {number} count how many bytes came before
 * @returns {boolean}
 */
function isEnd(line, count) {
  return ALONE.test(line) && count > 0 && BASES.some((base) => parseInt(line, base) === count);
}

/**
 * @typedef {object} Shown what is on a line
 * @property {string} bytes in hex digits; none if the line is around them
 * @property {string} [address]
 * @property {string} [text] the bytes once more, as text
 */

/**
 * @param {string} line
 * @param {number} count how many bytes came before
 * @returns {Shown | undefined} nothing if it is not a line of bytes, and does not stand around them
 */
function shownOn(line, count) {
  if (line.length > LONGEST_DUMPED) return bare(line);
  if (!line.trim() || line === LEFT_OUT || AROUND.test(line) || isEnd(line, count)) return { bytes: "" };
  const { rest, bars, angles } = groupsOf(MARKED_TEXT.exec(line));
  const marked = rest === undefined ? undefined : bare(rest);
  if (marked) return { ...marked, text: bars ?? angles };
  const found = READELF.exec(line) ?? WITH_TEXT.exec(line);
  const { address, bytes, text, colon, first } = groupsOf(found);
  return found && (first === undefined || isAddress(address, first, colon)) ? { address, bytes, text } : bare(line);
}

/**
 * Without a sign of its own, an address is told from the first of the bytes by its length; and no program is so long that
 * all eight digits of an address count.
 * @param {string} address
 * @param {string} first
 * @param {string | undefined} sign
 * @returns {boolean}
 */
function isAddress(address, first, sign) {
  return Boolean(sign) || (address.length !== first.length && (address.length < 8 || address.startsWith("00")));
}

/**
 * @param {string} line without text beside its bytes
 * @returns {Shown | undefined}
 */
function bare(line) {
  const inC = groupsOf(IN_C.exec(line)).bytes;
  if (inC !== undefined) return { bytes: inC.replace(/0x|\\x/gi, "") };
  const without = withoutAddress(line);
  const { bytes } = groupsOf(BARE.exec(without));
  const address = /[0-9a-f]{4,}/i.exec(line.slice(0, line.length - without.length).replace("0x", ""))?.[0];
  return bytes === undefined ? undefined : { bytes, address };
}

/**
 * @param {string} line
 * @returns {string}
 */
function withoutAddress(line) {
  const found = ADDRESS.exec(line);
  if (!found) return line;
  const { prefix, address, colon, first } = groupsOf(found);
  return isAddress(address, first, prefix ?? colon) ? line.slice(found[0].length) : line;
}

/**
 * @param {string} digits
 * @returns {Uint8Array}
 */
function fromHex(digits) {
  return Uint8Array.from(digits.match(/[0-9a-f]{2}/gi) ?? [], (pair) => parseInt(pair, 16));
}

/**
 * @param {string} text
 * @returns {boolean} true if there are bytes on it, at least an instruction's, and nothing else
 */
export function isBytes(text) {
  let all = 0;
  for (const line of text.split(/\r?\n/)) {
    if (line === LEFT_OUT && all) return true;
    const shown = shownOn(line, all);
    if (!shown) return false;
    all += fromHex(shown.bytes).length;
  }
  return all >= FEWEST_BYTES;
}

/** Reads the lines of a dump one after the other, and tells what is not the bytes of one program in their order. */
export class DumpedBytes {
  #count = 0;
  /** @type {{address: string, count: number} | undefined} */
  #first;
  /** The bases that the addresses may have. */
  #bases = BASES;

  /**
   * @param {string} line
   * @returns {Uint8Array}
   * @throws {Diagnostic}
   */
  read(line) {
    const { address, bytes: digits, text } = shownOn(line, this.#count) ?? { bytes: "" };
    const bytes = fromHex(digits);
    const wrong = this.#wrong(line, address, bytes, text);
    if (wrong) throw new Diagnostic(wrong, wholeLine(line));
    this.#count += bytes.length;
    return bytes;
  }

  /**
   * @param {string} line
   * @param {string | undefined} address
   * @param {Uint8Array} bytes
   * @param {string | undefined} text
   * @returns {string | undefined}
   */
  #wrong(line, address, bytes, text) {
    if (line === LEFT_OUT) return "here lines are left out that are like the one before: give hexdump or od the option -v";
    if (!this.#count && ELF === Array.from(bytes.slice(0, 4), (byte) => byte.toString(16)).join(""))
      return "this is a compiled file, in hex digits: paste what llvm-objdump -d shows of it";
    if (address !== undefined && !this.#fits(address))
      return "the address on this line does not go with the bytes before it: lines are missing, or these are not bytes in hex";
    if (text !== undefined && text.trim() !== asText(bytes).trim())
      return "the bytes on this line and the text beside them differ: delete the text if you changed the bytes; of xxd, leave out -e";
    return undefined;
  }

  /** @param {string} address @returns {boolean} */
  #fits(address) {
    this.#first ??= { address, count: this.#count };
    const { address: first, count } = this.#first;
    this.#bases = this.#bases.filter((base) => parseInt(address, base) - parseInt(first, base) === this.#count - count);
    return this.#bases.length > 0;
  }
}

/** @param {Uint8Array} bytes @returns {string} as dumps show them */
function asText(bytes) {
  return String.fromCharCode(...bytes.map((byte) => (byte >= 0x20 && byte < 0x7f ? byte : 0x2e)));
}

/** Codes of instructions with a constant of 64 bits, reads of packets, and atomic operations. */
const OTHERS = new Set([0x18, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0xc3, 0xdb]);

/**
 * @param {Instruction} insn
 * @param {Instruction | undefined} before
 * @returns {string | undefined} why these bytes are not what a kernel is given, if they are not
 */
export function wrongBytes({ code, src, imm }, before) {
  const isSecond = before?.code === TWO_SLOTS;
  if (isSecond && before && !before.src && !before.imm && !imm)
    return "which map this is, the bytes do not say: paste what llvm-objdump -dr shows";
  if (isSecond ? code !== 0 : !isCode(code))
    return `0x${code.toString(16).padStart(2, "0")} is not the code of an instruction in Linux 6.1: bytes are taken in their order, as xxd and hexdump -C show them`;
  if (isCall({ code }) && src === PSEUDO_CALL && imm === -1)
    return "which function this calls, the bytes do not say: paste what llvm-objdump -dr shows";
  return undefined;
}

/**
 * @param {number} code
 * @returns {boolean}
 */
function isCode(code) {
  const [kind, operation] = [code & 0x07, code & 0xf0];
  if (OTHERS.has(code)) return true;
  if (kind === CLASS.LD) return false;
  if (kind === CLASS.LDX || kind === CLASS.ST || kind === CLASS.STX) return (code & 0xe0) === MODE.MEM;
  const bySource = code & 0x08;
  if (kind === CLASS.ALU) return operation < 0xe0 && !(operation === NEGATE && bySource);
  if (kind === CLASS.ALU64) return operation < 0xd0 && !(operation === NEGATE && bySource);
  const comparison = operation !== GOTO && operation !== CALL && operation !== EXIT;
  return operation < 0xe0 && (comparison || (kind === CLASS.JMP && !bySource));
}

/** Bytes of one line after the other become instructions, which may begin on one line and end on the next. */
export class Decoder {
  #rest = new Uint8Array(0);
  #line = 1;

  /**
   * @param {Uint8Array} bytes
   * @param {number} line that they are on
   * @returns {{insn: Instruction, line: number}[]} those that are complete now, with the line of their first byte
   */
  write(bytes, line) {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    /** @param {number} at @returns {number} */
    const lineAt = (at) => (at < this.#rest.length ? this.#line : line);
    const insns = decode(all).map((insn, index) => ({ insn, line: lineAt(index * INSTRUCTION_BYTES) }));
    const end = insns.length * INSTRUCTION_BYTES;
    this.#line = lineAt(end);
    this.#rest = all.slice(end);
    return insns;
  }

  /** How many bytes are left that make no instruction. */
  get left() {
    return this.#rest.length;
  }
}
