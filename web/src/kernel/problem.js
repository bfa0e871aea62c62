// SPDX-License-Identifier: GPL-2.0-only
/** What keeps the kernel from running, in words for a reader: what is wrong, and the next thing to do. */

export class Problem extends Error {}

/** The reader did not want to wait any longer. */
export class Cancelled extends Problem {
  constructor() {
    super("Cancelled. Press the button again whenever you like: what has been downloaded is kept.");
  }
}

/**
 * @param {unknown} error anything that was thrown
 * @returns {string} its own words, without a full stop
 */
export function reason(error) {
  const words = error instanceof Error ? error.message : String(error ?? "");
  return words.trim().replace(/\.+$/, "") || "no reason was given";
}

/**
 * @param {unknown} error
 * @returns {Problem} a sentence with its next step, whatever was thrown
 */
export function asProblem(error) {
  if (error instanceof Problem) return error;
  return new Problem(
    `The kernel could not be started: ${reason(error)}. Press the button again; if that does not help, reload the page.`,
  );
}
