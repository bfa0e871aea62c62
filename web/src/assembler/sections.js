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
 * @param {string} which
 * @param {string} line that says it
 * @returns {Diagnostic}
 */
export function secondProgram(which, line) {
  const message = `here a second program begins, ${which}: one is loaded at a time, so paste one of them alone`;
  return new Diagnostic(message, wholeLine(line));
}

/**
 * Where there is no section but .text, nothing tells which of its functions the kernel is to call.
 * @param {string} name
 * @param {string} line that says it
 * @returns {Diagnostic}
 */
export function secondFunction(name, line) {
  const message = `here a second function begins, ${name}, and which is the program is not said: give that one a section, SEC("…")`;
  return new Diagnostic(message, wholeLine(line));
}

/** An address of a function, which some helpers call back. */
export const CALLBACK =
  "this is the address of a function, for a helper to call: that takes types (BTF), which this page's kernel does not have";
