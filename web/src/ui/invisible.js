// SPDX-License-Identifier: GPL-2.0-only
/** Characters that nobody can see, by name: pages and editors put them where a blank or nothing at all seems to be. */

const NAMES = new Map([
  [0x00a0, "no-break space"],
  [0x00ad, "soft hyphen"],
  [0x1680, "ogham space mark"],
  [0x200b, "zero-width space"],
  [0x200c, "zero-width non-joiner"],
  [0x200d, "zero-width joiner"],
  [0x200e, "left-to-right mark"],
  [0x200f, "right-to-left mark"],
  [0x2028, "line separator"],
  [0x2029, "paragraph separator"],
  [0x202f, "narrow no-break space"],
  [0x2060, "word joiner"],
  [0x3000, "ideographic space"],
  [0x3164, "Hangul filler"],
  [0xfeff, "byte order mark"],
]);
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const TEXT = " \n"; // which may stand anywhere

/**
 * @param {string} text
 * @returns {string} with each such character, but blanks and line ends, written out as ⟨U+200B zero-width space⟩
 */
export function nameInvisible(text) {
  return text.replace(INVISIBLE, (character) => (TEXT.includes(character) ? character : nameOf(character)));
}

/**
 * @param {string} text
 * @returns {string[]} each such character that is in it, written out
 */
export function invisibleIn(text) {
  const found = new Set(text.match(INVISIBLE));
  return [...found].filter((character) => !TEXT.includes(character)).map(nameOf);
}

/**
 * @param {string} character
 * @returns {string}
 */
function nameOf(character) {
  const code = character.codePointAt(0) ?? 0;
  const number = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return `⟨${[number, NAMES.get(code)].filter(Boolean).join(" ")}⟩`;
}
