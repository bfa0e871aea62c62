// SPDX-License-Identifier: GPL-2.0-only
/** Cut a line of BPF assembly into words, numbers and signs, and say where each one stands. */

/**
 * @typedef {object} Token
 * @property {"word" | "number" | "sign" | "end"} kind
 * @property {string} text
 * @property {number} column the first is 1
 * @property {number} [length] of its place in the line, if that is not the text alone
 */

/** What is wrong in the text, at a place of the line being read. */
export class Diagnostic extends Error {
  /**
   * @param {string} message
   * @param {{column: number, text?: string, length?: number}} place a token, or a column and a length
   */
  constructor(message, { column, text = "", length = text.length }) {
    super(message);
    this.column = column;
    this.length = Math.max(1, length);
  }
}

const COMMENT = /\/\/|#/y;
const SPACE = /\s+/y;

// Longer signs first. A signed comparison's s belongs to its sign, if no letter follows as in a word.
const TOKEN =
  /(?<sign>s>>=|<<=|>>=|s>=|s<=|s>|s<|s\/=|s%=|\+=|-=|\*=|\/=|%=|\|=|&=|\^=|==|!=|>=|<=|[-+*/%|&^=<>(),:;[\]{}!~])|(?<number>\d[0-9A-Za-z_]*)|(?<word>\.?[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*(?:#-?\d+)?)/y;

/**
 * @param {RegExp} pattern a sticky one
 * @param {string} text
 * @param {number} at
 * @returns {RegExpExecArray | null}
 */
function match(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/**
 * @param {RegExpExecArray | null} found
 * @returns {Record<string, string>} what the pattern's named groups found; those that found nothing are undefined
 */
export function groupsOf(found) {
  return found?.groups ?? {};
}

/**
 * @param {string} text one line
 * @returns {Token[]} without comments; the last one is the line's end
 */
export function tokenize(text) {
  /** @type {Token[]} */
  const tokens = [];
  let at = 0;
  while (at < text.length && !match(COMMENT, text, at)) {
    const space = match(SPACE, text, at);
    if (space) {
      at += space[0].length;
      continue;
    }
    const found = match(TOKEN, text, at);
    if (!found) throw strange(text, at);
    const { sign, number } = groupsOf(found);
    const kind = sign ? "sign" : number ? "number" : "word";
    tokens.push({ kind, text: found[0], column: at + 1 });
    at += found[0].length;
  }
  const last = tokens.at(-1);
  tokens.push({ kind: "end", text: "", column: last ? last.column + last.text.length : 1 });
  return tokens;
}

/**
 * @param {string} text
 * @param {number} at
 * @returns {Diagnostic}
 */
function strange(text, at) {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  return new Diagnostic(`“${character}” means nothing here`, { column: at + 1, text: character });
}
