// SPDX-License-Identifier: GPL-2.0-only
/** Which name was meant? For the end of a message about an unknown one. */

/** The work grows with the product of the lengths; no name that anybody mistypes is longer. */
const LONGEST = 64;

/**
 * How many characters must be put in, left out or replaced to make one word from the other.
 * @param {string} one
 * @param {string} other
 * @returns {number}
 */
export function distance(one, other) {
  let above = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row++) {
    const here = [row];
    for (let column = 1; column <= other.length; column++) {
      const replaced = above[column - 1] + (one[row - 1] === other[column - 1] ? 0 : 1);
      here.push(Math.min(replaced, above[column] + 1, here[column - 1] + 1));
    }
    above = here;
  }
  return above[other.length];
}

/**
 * @param {string} name
 * @param {Iterable<string>} known
 * @returns {string | undefined} the known name that is nearest, if any is near enough to have been meant
 */
export function nearest(name, known) {
  if (name.length > LONGEST) return undefined;
  const limit = Math.max(1, Math.floor(name.length / 3));
  let best;
  let least = limit + 1;
  for (const candidate of known) {
    // The lengths alone can rule a name out.
    if (Math.abs(candidate.length - name.length) >= least) continue;
    const far = distance(name, candidate);
    if (far < least) [best, least] = [candidate, far];
  }
  return best;
}
