// SPDX-License-Identifier: GPL-2.0-only
/**
 * Lines of a verifier's log, of bpftool or of llvm-objdump, so that they can be pasted back: what is around the instruction is taken off.
 */
import {
  ANY_INSTRUCTION,
  BACKTRACK,
  BRANCH,
  CALLS,
  INSTRUCTION,
  LEARNED,
  LOOP_BEHIND,
  REFUSAL,
  STATE,
  SUMMARY,
} from "../verifier/log-lines.js";
import { beginsInstruction } from "./statements.js";
import { groupsOf } from "./tokens.js";

/** `3: r0 = 1`, numbered by hand or by a tool that does not show the code. */
const NUMBERED = /^\s*(?<index>\d+): ?/;
const PROSE = [STATE, BRANCH, BACKTRACK, CALLS, SUMMARY];
/** `       0:	61 10 00 00 00 00 00 00	r0 = *(u32 *)(r1 + 0x0)`, with all bytes before the instruction. */
const DUMPED = /^[ \t]*(?<index>\d+):[ \t]+(?<code>[0-9a-f]{2})(?: [0-9a-f]{2}){7}(?:(?: [0-9a-f]{2}){8})?\s+/;
const ANY_DUMPED = new RegExp(DUMPED.source, "m");
/** `goto +0x2 <LBB0_2>`, where objdump names the place. */
const PLACE = /\s<[^<>]*>\s*$/;
/** `; return *ctx;`, the line of C before what it was compiled to. Outside of logs, a semicolon is between instructions. */
const SOURCE_LINE = /^\s*;/;
const KEEPS_PLACES = " ";

/**
 * @typedef {object} PastedLine
 * @property {string} text the instruction; columns are those of the line it was on
 * @property {number | null} index the instruction's number, if the line has one
 * @property {number | null} code the instruction's code, if the line has one
 * @property {boolean} prose true if the line is the log's talk, with no instruction on it
 */

/**
 * @param {string} line
 * @param {boolean} inLog true if other lines show that the text is a log; otherwise no sentence is taken for its talk
 * @returns {PastedLine}
 */
export function unpaste(line, inLog) {
  const talk = { text: "", index: null, code: null, prose: true };
  if (PROSE.some((pattern) => pattern.test(line))) return talk;
  const dumped = DUMPED.exec(line);
  const numbered = dumped ?? INSTRUCTION.exec(line) ?? NUMBERED.exec(line);
  if (!numbered) return inLog && isTalk(line) ? talk : { text: line, index: null, code: null, prose: false };
  const before = numbered[0].length;
  const shown = line.slice(before);
  const rest = dumped ? shown.replace(PLACE, "") : shown.replace(LEARNED, "").replace(LOOP_BEHIND, "");
  const { index, code } = groupsOf(numbered);
  return {
    text: KEEPS_PLACES.repeat(before) + rest,
    index: Number(index),
    code: code === undefined ? null : parseInt(code, 16),
    prose: false,
  };
}

/**
 * What verifiers, compilers and tools put between the instructions of a log differs; what a reader adds does not.
 * @param {string} line
 * @returns {boolean}
 */
function isTalk(line) {
  return SOURCE_LINE.test(line) || REFUSAL.test(line) || (line.trim() !== "" && !beginsInstruction(line));
}

/**
 * @param {string} text
 * @returns {boolean} true if it was copied from a log
 */
export function isLog(text) {
  return ANY_INSTRUCTION.test(text) || ANY_DUMPED.test(text);
}
