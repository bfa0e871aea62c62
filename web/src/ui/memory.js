// SPDX-License-Identifier: GPL-2.0-only
/**
 * What was typed, kept by this browser for this page and tab: a reload or a tab that was discarded loses nothing. Where
 * the browser keeps nothing, all works as without.
 */

/**
 * @param {string} what
 * @param {unknown} value as JSON has it
 */
export function remember(what, value) {
  try {
    sessionStorage.setItem(keyOf(what), JSON.stringify(value));
  } catch {
    // Storage is forbidden, or full.
  }
}

/**
 * @param {string} what
 * @returns {any} null if there is nothing
 */
export function recall(what) {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(what)) ?? "null");
  } catch {
    return null;
  }
}

/**
 * @param {string} what
 * @returns {string}
 */
function keyOf(what) {
  return `oreore ${what} ${location.pathname}`;
}
