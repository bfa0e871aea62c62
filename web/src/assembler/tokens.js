/** Cut a line of BPF assembly into words, numbers and signs, and say where each one stands. */

/**
 * @typedef {object} Token
 * @property {"word" | "number" | "sign" | "end"} kind
 * @property {string} text
 * @property {number} column the first is 1
 */

/** A mistake in the text, at a place of the line being read. */
export class Mistake extends Error {
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
  /(?<sign>s>>=|<<=|>>=|s>=|s<=|s>|s<|s\/=|s%=|\+=|-=|\*=|\/=|%=|\|=|&=|\^=|==|!=|>=|<=|[-+*/%|&^=<>(),:;[\]!~])|(?<number>\d[0-9A-Za-z_]*)|(?<word>[A-Za-z_][A-Za-z0-9_]*(?:#-?\d+)?)/y;

function match(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/**
 * @param {string} text one line
 * @returns {Token[]} without comments; the last one is the line's end
 */
export function tokenize(text) {
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
    const kind = found.groups.sign ? "sign" : found.groups.number ? "number" : "word";
    tokens.push({ kind, text: found[0], column: at + 1 });
    at += found[0].length;
  }
  const last = tokens.at(-1);
  tokens.push({ kind: "end", text: "", column: last ? last.column + last.text.length : 1 });
  return tokens;
}

function strange(text, at) {
  const character = String.fromCodePoint(text.codePointAt(at));
  return new Mistake(`“${character}” means nothing here`, { column: at + 1, text: character });
}
