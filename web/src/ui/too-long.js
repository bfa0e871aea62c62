// SPDX-License-Identifier: GPL-2.0-only
/** What the guest's shell would cut is not sent to it: it would carry out the rest. */

const LINE = 1022; // bytes that busybox's shell takes in one line (FEATURE_EDITING_MAX_LEN is 1024)
const ALL = 4000; // bytes that the terminal keeps while the shell is at work

const encoder = new TextEncoder();

/**
 * @param {string} text lines
 * @returns {string} why it can't be sent, or nothing
 */
export function tooLong(text) {
  let longest = 0;
  let sum = 0;
  for (const line of text.split("\n")) {
    const { length } = encoder.encode(line);
    longest = Math.max(longest, length);
    sum += length + 1;
  }
  if (longest > LINE) {
    return `Not sent, because a line of it is too long: it has ${longest} bytes, and the shell takes ${LINE}.`;
  }
  if (sum > ALL) return `Not sent, because it is too long: it has ${sum} bytes, and the console takes ${ALL} at a time.`;
  return "";
}
