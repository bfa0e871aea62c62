// SPDX-License-Identifier: GPL-2.0-only
/** What a pasted text means to the console's shell. */
import { invisibleIn } from "./invisible.js";

const PROMPT = /^[#$](?: |$)/;
const MORE = /^>(?: |$)/; // what the shell prints before a line that continues a command
const DOCUMENT = /(?<!<)<<(?<tabs>-?)\s*(?:'(?<single>[^']+)'|"(?<double>[^"]+)"|\\?(?<bare>[A-Za-z_]\w*))/;

/**
 * A text that begins with a prompt is a transcript: what stands behind its prompts was typed, and all else was printed.
 * Another text is a script, whose lines beginning with `# ` are comments.
 * @param {string} text
 * @returns {boolean}
 */
export function isTranscript(text) {
  return PROMPT.test(text.trimStart());
}

/**
 * @param {string} text
 * @returns {string[]} the lines that are typed
 */
export function typedLines(text) {
  const lines = text.trim().split(/\r\n?|\n/);
  if (!isTranscript(text)) return lines;
  /** @type {string[]} */
  const typed = [];
  let goesOn = false;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at];
    goesOn = PROMPT.test(line) || (goesOn && (MORE.test(line) || lines[at - 1].endsWith("\\")));
    if (!goesOn) continue;
    const command = line.replace(PROMPT, "").replace(MORE, "");
    if (command) typed.push(command);
    for (const end = documentEnd(lines, at, command); at < end; ) typed.push(lines[++at].replace(MORE, ""));
  }
  return typed;
}

/**
 * What a command reads up to a word is typed, too, though it may look like a prompt or an output.
 * @param {string[]} lines
 * @param {number} at where the command is
 * @param {string} command
 * @returns {number} where that word is, or where the command is if it reads nothing
 */
function documentEnd(lines, at, command) {
  const { tabs, single, double, bare } = DOCUMENT.exec(command)?.groups ?? {};
  const word = single ?? double ?? bare;
  if (!word) return at;
  const end = lines.findIndex((line, index) => {
    const text = line.replace(MORE, "");
    return index > at && (tabs ? text.replace(/^\t+/, "") : text) === word;
  });
  return Math.max(at, end);
}

/**
 * What the shell takes as text. A TAB would complete a name, so it becomes a blank, and none at a line's beginning: there
 * `<<-` wants none. ESC and Ctrl-C would be keys, too.
 * @param {string} line
 * @returns {string}
 */
export function asText(line) {
  return line.replace(/^\t+/, "").replaceAll("\t", " ").replace(/\p{Cc}/gu, "");
}

/**
 * @param {string[]} lines that are sent
 * @returns {string} what is in them that nobody can see, and what becomes of it
 */
export function remarkOn(lines) {
  const keys = invisibleIn(lines.join("").replace(/[\P{Cc}\t]/gu, ""));
  const sent = invisibleIn(lines.map(asText).join(""));
  const words = [
    keys.length && `Left out, because the shell would take it for a key: ${keys.join(", ")}.`,
    sent.length && `Sent, though it can't be seen: ${sent.join(", ")}. If the shell does not understand, type that place anew.`,
  ];
  return words.filter(Boolean).join(" ");
}
