// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a terminal shows of the bytes that a shell sends: no colours and no cursor, but text that can be copied, and
 * read aloud.
 */

/* eslint-disable no-control-regex -- what a terminal is told begins with a control character */
const ESCAPE = /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|[@-Z\\-_])/g;
const UNFINISHED_ESCAPE = /\x1b(?:\[[0-9;?]*[ -/]*)?$/;
/* eslint-enable no-control-regex */
const MAX_LINES = 5000; // a command that never stops printing must not eat the page's memory

/** Lines that will not change any more, and the one that the cursor is in. */
export class Screen {
  #decoder = new TextDecoder();
  #rest = ""; // the beginning of an escape sequence whose end has not come yet
  #cursor = 0;

  constructor() {
    /** @type {string[]} */
    this.lines = [];
    this.line = "";
    this.finished = 0; // how many lines there have been; the oldest of many are dropped
  }

  /** @param {Uint8Array} bytes as they come; a character or an escape sequence may be cut in two */
  write(bytes) {
    const text = this.#rest + this.#decoder.decode(bytes, { stream: true });
    this.#rest = text.match(UNFINISHED_ESCAPE)?.[0] ?? "";
    const shown = text.slice(0, text.length - this.#rest.length).replace(ESCAPE, "");
    for (const character of shown) this.#put(character);
  }

  /** All of it. */
  get text() {
    return [...this.lines, this.line].join("\n");
  }

  /** @param {string} character */
  #put(character) {
    if (character === "\n") {
      this.lines.push(this.line);
      this.finished += 1;
      if (this.lines.length > MAX_LINES) this.lines.shift();
      this.line = "";
      this.#cursor = 0;
    } else if (character === "\r") {
      this.#cursor = 0;
    } else if (character === "\b") {
      this.#cursor = Math.max(0, this.#cursor - 1);
    } else if (character >= " " || character === "\t") {
      this.line = this.line.slice(0, this.#cursor) + character + this.line.slice(this.#cursor + 1);
      this.#cursor += 1;
    }
  }
}
