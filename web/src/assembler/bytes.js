// SPDX-License-Identifier: GPL-2.0-only
/** Programs as bare bytes: as hex digits, and as xxd, hexdump, od, objdump -s, readelf -x or a C array show them. */
import { decode, INSTRUCTION_BYTES } from "../kernel/instruction.js";
import { groupsOf } from "./tokens.js";

/** @typedef {import("../kernel/instruction.js").Instruction} Instruction */

/** What dumps write behind the bytes: the same as text. */
const SHOWN_AS_TEXT = /[ \t]+(?:\|.*\||>.*<)[ \t]*$|(?<=[0-9a-f]{2})[ \t]{2,}(?![0-9a-f]{2}[ \t]).*$/i;
/** `  0x00000010 7b2af0ff 00000000 7b2ae8ff 00000000 {*......`, with one blank before the text. */
const READELF = /^ {2}0x[0-9a-f]{8} (?<bytes>[0-9a-f ]{35}) .*$/;
/** `00000010: `, `000010 `, ` 0010 `: where the bytes of the line are, before them. */
const ADDRESS = /^[ \t]*(?<prefix>0x)?(?<address>[0-9a-f]{4,16})(?<colon>:?)(?<gap>[ \t]+)(?=(?<first>[0-9a-f]+))/i;
const BARE = /^[ \t]*(?<bytes>(?:[0-9a-f]{2}[ \t]*)+)$/i;
const IN_C = /^[ \t"]*(?<bytes>(?:(?:0x|\\x)[0-9a-f]{2}[ \t,"]*)+);?[ \t]*$/i;
const ALONE = /^[0-9a-f]{6,8}$/i;
const BASES = [16, 8, 10];
/** Around the bytes: an array's first and last line, headings of dumps, comments. */
const AROUND =
  /^[ \t]*(?:(?:\w+ ){0,4}\w+(?:\[\w*\])? ?=.*|\};?|Contents of section .*|Hex dump of section .*|.*:[ \t]+file format .*|NOTE: .*|\/\/.*|#.*|)[ \t]*$/;
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
 * @param {string} line
 * @param {number} count how many bytes came before
 * @returns {Uint8Array | undefined} the bytes on the line, none if it is around them; undefined if it is neither
 */
export function bytesOf(line, count) {
  const isShort = line.length <= LONGEST_DUMPED;
  const plain = isShort ? line.replace(SHOWN_AS_TEXT, "") : line;
  if (!line.trim() || (isShort && (AROUND.test(line) || isEnd(plain, count)))) return new Uint8Array(0);
  const found = READELF.exec(line) ?? IN_C.exec(plain) ?? BARE.exec(withoutAddress(plain));
  const { bytes } = groupsOf(found);
  return bytes === undefined ? undefined : fromHex(bytes.replace(/0x|\\x|[^0-9a-f]/gi, ""));
}

/**
 * @param {string} line
 * @returns {string}
 */
function withoutAddress(line) {
  const found = ADDRESS.exec(line);
  if (!found) return line;
  const { prefix, address, colon, gap, first } = groupsOf(found);
  // Without a sign of its own, it is told from the first of the bytes by its length.
  const isOne = prefix || colon || gap.length > 1 || address.length !== first.length;
  return isOne ? line.slice(found[0].length) : line;
}

/**
 * @param {string} digits
 * @returns {Uint8Array}
 */
function fromHex(digits) {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/**
 * @param {string} text
 * @returns {boolean} true if there are bytes on it, at least an instruction's, and nothing else
 */
export function isBytes(text) {
  let all = 0;
  for (const line of text.split(/\r?\n/)) {
    const bytes = bytesOf(line, all);
    if (!bytes) return false;
    all += bytes.length;
  }
  return all >= FEWEST_BYTES;
}

/** Bytes of one line after the other become instructions, which may begin on one line and end on the next. */
export class Decoder {
  #rest = new Uint8Array(0);
  #line = 1;
  /** How many bytes there were. */
  count = 0;

  /**
   * @param {Uint8Array} bytes
   * @param {number} line that they are on
   * @returns {{insn: Instruction, line: number}[]} those that are complete now, with the line of their first byte
   */
  write(bytes, line) {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    this.count += bytes.length;
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
