// SPDX-License-Identifier: GPL-2.0-only
/** What clang -S prints: instructions and labels among directives, in sections of which some hold no code. */
import { beginsMap } from "./maps.js";
import { FUNCTIONS, secondFunction, secondProgram } from "./sections.js";
import { groupsOf } from "./tokens.js";

/** @typedef {import("./statements.js").PastedLine} PastedLine */

const ANY_DIRECTIVE = /^[ \t]+\.(?:text|file|section|globl|p2align|type|loc)\b/m;
const DIRECTIVE = /^[ \t]*\.(?<name>\w+)\b(?!:)(?:[ \t]+(?<operand>[^\s,]+)(?:,"(?<flags>[^"]*)")?)?/;
/** `	.type	two,@function`, before each of them. */
const FUNCTION = /^[ \t]*\.type[ \t]+(?<name>[\w.$]+),[ \t]*[@%]function\b/;
const PROGRAM_SECTION = /^[ \t]*\.section[ \t]+(?!"?\.text\b)[^\s,]+,"[^"]*x/m;
const DATA = new Set(["data", "bss", "rodata"]);

/**
 * @param {string} text
 * @returns {boolean}
 */
export function isListing(text) {
  return ANY_DIRECTIVE.test(text);
}

/**
 * @param {string} text all of it: whether functions in .text are a program depends on what follows
 * @returns {(line: string) => PastedLine | null}
 */
export function listingReader(text) {
  const hasPrograms = PROGRAM_SECTION.test(text);
  let section = FUNCTIONS;
  let isCode = true;
  let program = "";
  let functions = 0; // that may be the program

  /**
   * @param {string} line
   * @param {Record<string, string | undefined>} directive
   */
  function enter(line, { name = "", operand = "", flags = "" }) {
    if (name === "text") [section, isCode] = [FUNCTIONS, true];
    else if (DATA.has(name)) isCode = false;
    else if (name === "section") [section, isCode] = [operand.replaceAll('"', ""), flags.includes("x")];
    if (!isCode || section === FUNCTIONS) return;
    if (program && program !== section) throw secondProgram(`in section ${section}`, line);
    program = section;
  }

  /** @param {string} line */
  function count(line) {
    const { name } = groupsOf(FUNCTION.exec(line));
    if (name === undefined || !isCode || (section === FUNCTIONS && hasPrograms)) return;
    if (functions++) throw section === FUNCTIONS ? secondFunction(name, line) : secondProgram(`${name}, in section ${section}`, line);
  }

  return (line) => {
    if (beginsMap(line)) return { text: line }; // the reader's own, wherever it was put
    const directive = DIRECTIVE.exec(line);
    if (directive) enter(line, groupsOf(directive));
    count(line);
    return directive || !isCode ? null : { text: line, behind: section === FUNCTIONS };
  };
}
