// SPDX-License-Identifier: GPL-2.0-only
/** The verifier's log, and what bpftool shows of a program: what is around the instructions is taken off. */
import {
  ANY_INSTRUCTION,
  BACKTRACK,
  BRANCH,
  CALLS,
  INSTRUCTION,
  LEARNED,
  LISTED,
  LOOP_BEHIND,
  PREFIX,
  REFUSAL,
  STATE,
  SUMMARY,
} from "../verifier/log-lines.js";
import { beginsInstruction } from "./statements.js";
import { groupsOf } from "./tokens.js";

/** @typedef {import("./statements.js").PastedLine} PastedLine */

/** `3: r0 = 1`, numbered by hand or by a tool that does not show the code. */
export const NUMBERED = /^\s*(?<index>\d+): ?/;
const PROSE = [STATE, BRANCH, BACKTRACK, CALLS, SUMMARY];
/** `; return *ctx;`, the line of C before what it was compiled to. Outside of logs, a semicolon is between instructions. */
const SOURCE_LINE = /^\s*;/;
/** `       b7 02 00 00 00 00 00 00`, what bpftool writes below an instruction when it is asked for opcodes. */
const OPCODES = /^[ \t]+[0-9a-f]{2}(?: [0-9a-f]{2}){7}(?:(?: [0-9a-f]{2}){8})?[ \t]*$/;
const KEEPS_PLACES = " ";

/**
 * @param {string} text
 * @returns {boolean} true if it was copied from a log
 */
export function isLog(text) {
  return ANY_INSTRUCTION.test(text);
}

/**
 * @param {string} whole a line
 * @returns {PastedLine | null}
 */
export function readLog(whole) {
  const isTold = PROSE.some((pattern) => pattern.test(whole));
  const line = isTold ? whole : whole.replace(PREFIX, (prefix) => KEEPS_PLACES.repeat(prefix.length));
  const listed = LISTED.exec(line);
  if (!listed && isTold) return null;
  const numbered = listed ?? INSTRUCTION.exec(line) ?? NUMBERED.exec(line);
  if (!numbered) return isTalk(line) ? null : { text: line };
  const before = numbered[0].length;
  const rest = line.slice(before).replace(LEARNED, "").replace(LOOP_BEHIND, "");
  const { index, code } = groupsOf(numbered);
  return {
    text: KEEPS_PLACES.repeat(before) + rest,
    index: Number(index),
    code: code === undefined ? null : parseInt(code, 16),
  };
}

/**
 * What verifiers, compilers and tools put between the instructions of a log differs; what a reader adds does not.
 * @param {string} line
 * @returns {boolean}
 */
function isTalk(line) {
  if (SOURCE_LINE.test(line) || REFUSAL.test(line) || OPCODES.test(line)) return true;
  return line.trim() !== "" && !beginsInstruction(line);
}
