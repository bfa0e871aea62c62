// SPDX-License-Identifier: GPL-2.0-only
/** The number that a program is given: 32 bits, written in decimal or hexadecimal. */

const WRITTEN = /^(?:\d+|0x[0-9a-f]+)$/i;
const LONGEST = 12;
const LARGEST = 0xffffffff;

/**
 * @param {string} text
 * @returns {{value: number} | {error: string}}
 */
export function readNumber(text) {
  const written = text.trim();
  if (!WRITTEN.test(written)) return { error: "Write a whole number, such as 1 or 0xff; the input has no sign." };
  const value = written.length > LONGEST ? Infinity : Number(written);
  if (value > LARGEST) return { error: `The input has 32 bits: 0 to ${LARGEST}.` };
  return { value };
}
