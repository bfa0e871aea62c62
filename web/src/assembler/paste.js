// SPDX-License-Identifier: GPL-2.0-only
/** What a text is - written here, or printed by a tool - and how its lines become instructions. */
import { hasMacros, MacroReader, withoutComments } from "./macros.js";
import { Decoder, DumpedBytes, isBytes, wrongBytes } from "./bytes.js";
import { TWO_SLOTS } from "./encoding.js";
import { dumpReader, isDump } from "./dump.js";
import { isListing, listingReader } from "./listing.js";
import { isLog, NUMBERED, readLog } from "./log.js";
import { parse } from "./statements.js";
import { Diagnostic, tokenize } from "./tokens.js";

/** @typedef {import("./statements.js").PastedLine} PastedLine */
/** @typedef {import("./statements.js").Statement} Statement */

/**
 * @typedef {object} Found
 * @property {Statement} statement
 * @property {number} line
 * @property {number | null} index the number that the line gives it, as in a log
 * @property {boolean} behind true if it belongs behind the other instructions, as functions of a section .text do
 */

/**
 * Reads one line of a text after the other.
 * @callback LineReader
 * @param {string} source
 * @param {number} line
 * @param {Found[]} found is filled, as far as there is no mistake
 * @returns {void}
 */

/**
 * @typedef {object} Format
 * @property {LineReader} read throws a Diagnostic
 * @property {() => string} [unfinished] what is missing at the end, or nothing
 */

/** @type {readonly [(text: string) => boolean, (text: string) => Format][]} */
const FORMATS = [
  [isLog, () => byLines(readLog)],
  [isDump, (text) => byLines(dumpReader(text))],
  [isListing, (text) => byLines(listingReader(text))],
  [hasMacros, macros],
  [isBytes, bytes],
];

/**
 * @param {string} text
 * @returns {Format | undefined} nothing if it is not known as what a tool prints
 */
export function formatOf(text) {
  return FORMATS.find(([is]) => is(text))?.[1](text);
}

/** The notation as a reader writes it; lines may have a number. */
export const WRITTEN = byLines((source) => {
  const before = NUMBERED.exec(source)?.[0] ?? "";
  return { text: " ".repeat(before.length) + source.slice(before.length), index: before ? parseInt(before, 10) : null };
});

/**
 * @param {(source: string, line: number) => PastedLine | null} unpaste null for a line without an instruction
 * @returns {Format}
 */
function byLines(unpaste) {
  return {
    read(source, line, found) {
      const pasted = unpaste(source, line);
      if (!pasted) return;
      const { text, index = null, code = null, slots, behind = false } = pasted;
      /** @type {Statement[]} */
      const statements = [];
      try {
        const tokens = tokenize(text);
        if (slots) statements.push({ at: tokens[0], slots });
        else parse(tokens, code, statements);
      } finally {
        for (const statement of statements)
          found.push({ statement, line, index: statement.slots ? index : null, behind });
      }
    },
  };
}

/**
 * A macro may go over several lines, and so may a comment.
 * @param {string} whole
 * @returns {Format}
 */
function macros(whole) {
  const lines = withoutComments(whole).split("\n");
  const reader = new MacroReader();
  let begun = "";
  return {
    read(source, line, found) {
      const text = begun + lines[line - 1];
      const open = (text.match(/\(/g)?.length ?? 0) > (text.match(/\)/g)?.length ?? 0);
      begun = open ? `${text} ` : "";
      if (open) return;
      /** @type {import("./macros.js").Macro[]} */
      const statements = [];
      try {
        reader.read(text, statements);
      } catch (error) {
        if (error instanceof Diagnostic && text.length !== source.length) throw new Diagnostic(error.message, { column: 1 });
        throw error;
      } finally {
        for (const statement of statements) found.push({ statement, line, index: null, behind: false });
      }
    },
    unfinished: () => (begun ? "a bracket that was opened is not closed" : ""),
  };
}

/** @returns {Format} */
function bytes() {
  const dumped = new DumpedBytes();
  const decoder = new Decoder();
  /** The one before, if it is not the second half of another. @type {import("../kernel/instruction.js").Instruction | undefined} */
  let before;
  let told = false; // what is wrong; of what follows, nothing is known any more
  return {
    read(source, line, found) {
      if (told) return;
      told = true;
      for (const { insn, line: from } of decoder.write(dumped.read(source), line)) {
        const wrong = wrongBytes(insn, before);
        if (wrong) throw new Diagnostic(wrong, { column: 1, length: source.length });
        before = before?.code === TWO_SLOTS ? undefined : insn;
        const statement = { at: tokenize("")[0], slots: [insn] };
        found.push({ statement, line: from, index: null, behind: false });
      }
      told = false;
    },
    unfinished() {
      const { left } = decoder;
      return left && !told ? `an instruction has 8 bytes, and the last one here has ${left}` : "";
    },
  };
}
