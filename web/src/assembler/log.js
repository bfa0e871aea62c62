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
import { TWO_SLOTS } from "./encoding.js";
import { CALLBACK } from "./sections.js";
import { beginsInstruction, unknownMap } from "./statements.js";
import { Diagnostic, groupsOf } from "./tokens.js";

/** @typedef {import("./statements.js").PastedLine} PastedLine */

/** `3: r0 = 1`, numbered by hand or by a tool that does not show the code. */
export const NUMBERED = /^\s*(?<index>\d+): ?/;
const PROSE = [STATE, BRANCH, BACKTRACK, CALLS, SUMMARY];
/** `; return *ctx;`, the line of C before what it was compiled to. Outside of logs, a semicolon is between instructions. */
const SOURCE_LINE = /^\s*;/;
/** `       b7 02 00 00 00 00 00 00`, what bpftool writes below an instruction when it is asked for opcodes. */
const OPCODES = /^[ \t]+[0-9a-f]{2}(?: [0-9a-f]{2}){7}(?:(?: [0-9a-f]{2}){8})?[ \t]*$/;
/** `; frame1: refs=2 cb`, what print_verifier_state() of kernel/bpf/verifier.c says beside registers and stack. */
const LEARNED_BESIDE = /;\s+(?=frame|refs|cb|async)(?:frame\d+:\s*)?(?:refs=[\d,]+\s*)?(?:cb\s*)?(?:async_cb\s*)?$/;
/** `r1 = 0xffff8881041bf800`, where the kernel shows an address of its own; numbers below 0 have more ones in front. */
const WIDE = /^r(?<register>\d+) = 0x(?<digits>[0-9a-f]+)\s*(?:;|$)/;
const [FIRST_ADDRESS, LAST_ADDRESS] = [0xffff800000000000n, 0xfffffffeffffffffn];
const NO_POINTER = /^(?:scalar|inv|P?-?\d|0x)/;
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
  const rest = line.slice(before).replace(LEARNED, "").replace(LEARNED_BESIDE, "").replace(LOOP_BEHIND, "");
  const { index, code } = groupsOf(numbered);
  if (code !== undefined && parseInt(code, 16) === TWO_SLOTS) refuseAddress(line, before);
  return {
    text: KEEPS_PLACES.repeat(before) + rest,
    index: Number(index),
    code: code === undefined ? null : parseInt(code, 16),
  };
}

/**
 * A map and a function are shown by their address, or without privileges as 0; what was learned tells them from numbers.
 * @param {string} line
 * @param {number} before how much of it stands before the instruction
 * @throws {Diagnostic}
 */
function refuseAddress(line, before) {
  const { register, digits } = groupsOf(WIDE.exec(line.slice(before)));
  if (register === undefined) return;
  const { what } = groupsOf(new RegExp(`\\bR${register}(?:_\\w+)?=(?<what>\\S*)`).exec(line));
  const value = BigInt(`0x${digits}`);
  const isAddress = what === undefined ? value >= FIRST_ADDRESS && value <= LAST_ADDRESS : !NO_POINTER.test(what);
  if (!isAddress) return;
  throw new Diagnostic(what?.startsWith("func") ? CALLBACK : unknownMap(), { column: before + 1, text: line.slice(before) });
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
