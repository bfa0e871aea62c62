// SPDX-License-Identifier: GPL-2.0-only
/** What the verifier has made of a program, beside what was written. */
import { decode, IMMEDIATE, INSTRUCTION_BYTES } from "../kernel/instruction.js";
import { disassemble } from "./disassemble.js";
import { isCall, PSEUDO_CALL, PSEUDO_MAP, TWO_SLOTS } from "./encoding.js";

const HELPER = 0; // the source register of a call; others call functions of the program or the kernel
const A_HELPER = "(85) call a helper";

/** @typedef {{text: string, own: boolean}} Translated an instruction; `own`: it was written like this */
/** @typedef {{insns: Translated[], gone: number}} Translation `gone`: how many that were written are not there like this any more */

/**
 * @typedef {object} Shown
 * @property {string} slot
 * @property {string} text
 * @property {string} what the same before and after, though the kernel has put a number of its own into the instruction
 * @property {boolean} helper whether it calls one
 */

/**
 * @param {Uint8Array} insns as the kernel gives them back
 * @param {Uint8Array} written as they were loaded
 * @returns {Translation}
 */
export function translated(insns, written) {
  const [before, now] = [shown(written), shown(withDistances(insns))];
  const own = inBoth(before, now);
  const helpers = helperNames(before, now);
  return {
    insns: now.map(({ slot, text, helper }, at) => ({
      text: slot + (helper ? (helpers.shift() ?? A_HELPER) : text),
      own: own[at],
    })),
    gone: before.length - own.filter(Boolean).length,
  };
}

/**
 * Where functions are interpreted, the kernel keeps the distance to one in the offset, and its own number in the constant.
 * @param {Uint8Array} insns
 * @returns {Uint8Array}
 */
function withDistances(insns) {
  const bytes = Uint8Array.from(insns);
  const view = new DataView(bytes.buffer);
  decode(insns).forEach((insn, slot) => {
    if (isCall(insn) && insn.src === PSEUDO_CALL) view.setInt32(slot * INSTRUCTION_BYTES + IMMEDIATE, insn.off, true);
  });
  return bytes;
}

/**
 * @param {Uint8Array} bytes
 * @returns {Shown[]}
 */
function shown(bytes) {
  const insns = decode(bytes);
  return disassemble(bytes).map((line) => {
    const insn = insns[parseInt(line, 10)];
    const { code, dst, src, imm } = insn;
    const [slot, text] = line.split(/(?<=^\d+: )/);
    const helper = isCall(insn) && src === HELPER;
    if (helper) return { slot, text, what: A_HELPER, helper };
    if (code !== TWO_SLOTS || src !== PSEUDO_MAP) return { slot, text, what: text, helper };
    const what = `(18) r${dst} = map`;
    return { slot, text: `${what}[id:${imm}]`, what, helper };
  });
}

/**
 * The verifier keeps the order of what it leaves. So what was written is the longest list that is in both.
 * @param {Shown[]} before
 * @param {Shown[]} now
 * @returns {boolean[]} for each that is there now, whether it was written
 */
function inBoth(before, now) {
  const [rows, columns] = numbered([before, now]);
  const width = columns.length + 1;
  const longest = new Uint16Array((rows.length + 1) * width); // from a row and a column on
  for (let row = rows.length - 1; row >= 0; row--) {
    for (let column = columns.length - 1; column >= 0; column--) {
      const [here, below] = [row * width + column, (row + 1) * width + column];
      longest[here] = rows[row] === columns[column] ? longest[below + 1] + 1 : Math.max(longest[below], longest[here + 1]);
    }
  }
  const own = columns.map(() => false);
  for (let row = 0, column = 0; row < rows.length && column < columns.length; ) {
    if (rows[row] === columns[column]) [row, own[column]] = [row + 1, true];
    else if (longest[(row + 1) * width + column] >= longest[row * width + column + 1]) {
      row++;
      continue;
    }
    column++;
  }
  return own;
}

/**
 * Numbers are compared faster than texts, and of a long program there are millions of comparisons.
 * @param {Shown[][]} lists
 * @returns {number[][]} the same number for the same instruction
 */
function numbered(lists) {
  /** @type {Map<string, number>} */
  const numbers = new Map();
  for (const { what } of lists.flat()) if (!numbers.has(what)) numbers.set(what, numbers.size);
  return lists.map((list) => list.map(({ what }) => numbers.get(what) ?? 0));
}

/**
 * In place of a helper's number the kernel gives how far away its function is. The calls keep their order; so the names
 * can be put back if no call was removed, or if all call the same.
 * @param {Shown[]} before
 * @param {Shown[]} now
 * @returns {string[]} empty if it is not known which is which
 */
function helperNames(before, now) {
  const calls = before.filter(({ helper }) => helper).map(({ text }) => text);
  const left = now.filter(({ helper }) => helper).length;
  return left === calls.length || new Set(calls).size === 1 ? calls : [];
}
