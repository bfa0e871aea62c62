// SPDX-License-Identifier: GPL-2.0-only
/** Sections of an object file, as compilers and objdump show them: one program a section, and functions for all. */
import { Diagnostic } from "./tokens.js";

/** Where functions are that programs share. */
export const FUNCTIONS = ".text";

/**
 * @param {string} line
 * @returns {{column: number, length: number}} the place of all of it
 */
export function wholeLine(line) {
  return { column: 1, length: line.length };
}

/**
 * @param {string} section
 * @param {string} line that says it
 * @returns {Diagnostic}
 */
export function secondProgram(section, line) {
  return new Diagnostic(`here a second program begins, in section ${section}: one is loaded at a time`, wholeLine(line));
}
