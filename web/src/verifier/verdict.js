// SPDX-License-Identifier: GPL-2.0-only
/** What the verifier said: its log, line by line, tied to the lines of the program; and why it refused. */
import { explain } from "./explanations.js";
import { suspect } from "./suspects.js";
import { AT_ONE_END, BACKTRACK, BRANCH, CALLS, INSTRUCTION, LOOP_BEHIND, STATE, SUMMARY, UNSHOWN } from "./log-lines.js";

/**
 * @typedef {object} LogLine
 * @property {string} text
 * @property {"instruction" | "state" | "branch" | "detail" | "summary" | "reason" | "other"} kind
 * @property {number | null} insn the instruction that the line is about
 * @property {number | null} source the line of the program that this instruction comes from, the first is 1
 */

/**
 * @typedef {object} Verdict
 * @property {boolean} accepted
 * @property {string} errno empty if the kernel told none
 * @property {boolean} undecided neither accepted nor refused: the kernel gave up for a reason beside the program
 * @property {string | null} reason the line of the log that tells why
 * @property {string} explanation the same in plain English, or empty
 * @property {number | null} source the line of the program where it happened, the first is 1
 * @property {number | null} processed how many instructions the verifier went through
 * @property {LogLine[]} lines
 */

/** @type {readonly [LogLine["kind"], RegExp][]} */
const KINDS = [
  ["instruction", INSTRUCTION],
  ["instruction", UNSHOWN],
  ["state", STATE],
  ["branch", BRANCH],
  ["detail", BACKTRACK],
  ["detail", CALLS],
  ["detail", AT_ONE_END],
  ["summary", SUMMARY],
];
/** Why it ends without a fault that was found: a full log, an interruption, no memory, or the signals that tell of these. */
const SIGNAL = /^SIG/;
const UNDECIDED = new Set(["ENOSPC", "EAGAIN", "EINTR", "ENOMEM", "SIGALRM", "SIGKILL"]);

/** What is found after the walk, and is about functions that call one another, not about the last instruction that was walked. */
const OF_ALL = /^combined stack size of|^the call stack of \d+ frames is too deep !/;

const NAMED = /\binsn (\d+)/;
const PROCESSED = /^processed (\d+) insns/;

/**
 * @param {string} log
 * @param {readonly number[]} [sources] for each instruction the line of the program it comes from
 * @returns {LogLine[]} without the empty line at the end
 */
export function parseLog(log, sources = []) {
  const texts = log.replace(/\n$/, "").split("\n");
  if (texts.length === 1 && texts[0] === "") return [];
  return texts.map((text) => {
    const { kind, insn } = classify(text);
    return { text, kind, insn, source: sourceOf(insn, sources) };
  });
}

/**
 * @param {string} text
 * @returns {Pick<LogLine, "kind" | "insn">}
 */
function classify(text) {
  for (const [kind, pattern] of KINDS) {
    const found = pattern.exec(text);
    if (!found) continue;
    const index = found.groups?.index ?? found.groups?.bare;
    return { kind, insn: index === undefined ? null : Number(index) };
  }
  return { kind: "other", insn: null };
}

/**
 * @param {number | null} insn
 * @param {readonly number[]} sources
 * @returns {number | null}
 */
function sourceOf(insn, sources) {
  return insn === null ? null : (sources[insn] ?? null);
}

/**
 * @param {import("../kernel/kernel.js").Answer} answer
 * @param {readonly number[]} [sources] for each instruction the line of the program it comes from
 * @param {Uint8Array} [insns] the program, to find an instruction that the kernel tells without its place
 * @returns {Verdict}
 */
export function readVerdict({ accepted, errno, log, cut = false }, sources = [], insns = new Uint8Array(0)) {
  const lines = parseLog(log, sources);
  const told = accepted ? -1 : reasonAt(lines, cut);
  const reason = told < 0 ? null : reasonText(lines[told].text);
  if (told >= 0) tie(lines, told, sources, insns);
  return {
    accepted,
    // A verifier that has told its reason may be ended while it still tidies up. What it would have answered, nobody knows.
    errno: reason !== null && SIGNAL.test(errno) ? "" : errno,
    undecided: !accepted && reason === null && UNDECIDED.has(errno),
    reason,
    explanation: accepted ? "" : explain(reason, errno),
    source: told < 0 ? null : lines[told].source,
    processed: processed(lines),
    lines,
  };
}

/**
 * The last line that is neither statistics nor a remark on the line before: what is before it led there.
 * @param {LogLine[]} lines
 * @param {boolean} cut
 * @returns {number} -1 if there is none
 */
function reasonAt(lines, cut) {
  const at = lines.findLastIndex(({ kind, text }) => kind !== "summary" && text.trim() !== "" && !AT_ONE_END.test(text));
  if (at < 0) return -1;
  if (lines[at].kind === "other" || LOOP_BEHIND.test(lines[at].text)) return isTorn(lines, at, cut) ? -1 : at;
  return -1;
}

/**
 * Where a log was cut, its last line may be half an instruction.
 * @param {LogLine[]} lines
 * @param {number} at
 * @param {boolean} cut
 * @returns {boolean}
 */
function isTorn(lines, at, cut) {
  return cut && at === lines.length - 1 && /^\d/.test(lines[at].text);
}

/**
 * The sentence alone, where the log put it behind an instruction.
 * @param {string} text
 * @returns {string}
 */
function reasonText(text) {
  return LOOP_BEHIND.exec(text)?.[0].trim() ?? text;
}

/**
 * A reason names its instruction, or is about the one that the verifier had just come to.
 * @param {LogLine[]} lines of which one is changed
 * @param {number} at
 * @param {readonly number[]} sources
 * @param {Uint8Array} insns
 */
function tie(lines, at, sources, insns) {
  const line = lines[at];
  line.kind = "reason";
  const named = NAMED.exec(reasonText(line.text));
  const before = lines.slice(0, at).findLast(({ kind }) => kind === "instruction");
  const walked = OF_ALL.test(line.text) ? null : before?.insn;
  line.insn = named ? Number(named[1]) : (suspect(line.text, insns) ?? walked ?? null);
  line.source = sourceOf(line.insn, sources);
}

/**
 * @param {LogLine[]} lines
 * @returns {number | null}
 */
function processed(lines) {
  const found = lines.map(({ text }) => PROCESSED.exec(text)).findLast(Boolean);
  return found ? Number(found[1]) : null;
}
