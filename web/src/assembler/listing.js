// SPDX-License-Identifier: GPL-2.0-only
/** What clang -S prints: instructions and labels among directives, in sections of which some hold no code. */
import { beginsMap } from "./maps.js";
import { FUNCTIONS, secondProgram } from "./sections.js";
import { groupsOf } from "./tokens.js";

/** @typedef {import("./statements.js").PastedLine} PastedLine */

const ANY_DIRECTIVE = /^[ \t]+\.(?:text|file|section|globl|p2align|type|loc)\b/m;
const DIRECTIVE = /^[ \t]*\.(?<name>\w+)\b(?!:)(?:[ \t]+(?<operand>[^\s,]+)(?:,"(?<flags>[^"]*)")?)?/;
const DATA = new Set(["data", "bss", "rodata"]);

/**
 * @param {string} text
 * @returns {boolean}
 */
export function isListing(text) {
  return ANY_DIRECTIVE.test(text);
}

/** @returns {(line: string) => PastedLine | null} */
export function listingReader() {
  let section = FUNCTIONS;
  let isCode = true;
  let program = "";

  /**
   * @param {string} line
   * @param {Record<string, string | undefined>} directive
   */
  function enter(line, { name = "", operand = "", flags = "" }) {
    if (name === "text") [section, isCode] = [FUNCTIONS, true];
    else if (DATA.has(name)) isCode = false;
    else if (name === "section") [section, isCode] = [operand.replaceAll('"', ""), flags.includes("x")];
    if (!isCode || section === FUNCTIONS) return;
    if (program && program !== section) throw secondProgram(section, line);
    program = section;
  }

  return (line) => {
    if (beginsMap(line)) return { text: line }; // the reader's own, wherever it was put
    const directive = DIRECTIVE.exec(line);
    if (directive) enter(line, groupsOf(directive));
    return directive || !isCode ? null : { text: line, behind: section === FUNCTIONS };
  };
}
