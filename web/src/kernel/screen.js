// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a terminal shows of the bytes that a shell sends: no colours and one line that the cursor moves in, but text that
 * can be copied, and read aloud.
 */

const MAX_LINES = 5000; // a command that never stops printing must not eat the page's memory
const LONGEST = 10_000; // characters in a line; what never ends a line must not, either
const TAB = 8; // places from one stop of the cursor to the next
const COLUMNS = 500; // as init.sh says to the guest: how far the cursor moves beyond what is there

const ESC = "\x1b";
const STRINGS = "]PX^_"; // what begins a title, or another string that is meant for the terminal itself
const ENDS = "\x07\x18\x1a\n"; // what ends it, beside ESC; a line's end, too, so that not all is lost with one that has none
const ABORTS = "\x18\x1a";

/** @typedef {"text" | "escape" | "sequence" | "string" | "charset"} State what the next character belongs to */

/** Lines that will not change any more, and the one that the cursor is in. */
export class Screen {
  #decoder = new TextDecoder();
  /** @type {State} */
  #state = "text";
  #parameters = "";
  /** @type {string[]} the line, a character each: what takes one place need not be one of JavaScript's characters */
  #cells = [];
  #cursor = 0;

  constructor() {
    /** @type {string[]} */
    this.lines = [];
    this.finished = 0; // how many lines there have been; the oldest of many are dropped
  }

  /** @param {Uint8Array} bytes as they come; a character or an escape sequence may be cut in two */
  write(bytes) {
    for (const character of this.#decoder.decode(bytes, { stream: true })) this.#take(character);
  }

  /** The line that the cursor is in. */
  get line() {
    return this.#cells.join("");
  }

  /** Whether nothing is half said: no escape sequence waits for its end. */
  get settled() {
    return this.#state === "text";
  }

  /** All of it. */
  get text() {
    return [...this.lines, this.line].join("\n");
  }

  /** @param {string} character */
  #take(character) {
    if (this.#state === "string") {
      if (character === ESC) this.#state = "escape";
      else if (ENDS.includes(character)) this.#state = "text";
    } else if (character === ESC) this.#state = "escape"; // whatever was half said is forgotten
    else if (this.#state !== "text" && ABORTS.includes(character)) this.#state = "text";
    else if (this.#state === "text" || character < " ") this.#put(character); // a sequence goes on behind a line's end, as in terminals
    else this.#state = this.#next(character);
  }

  /**
   * @param {string} character of a sequence
   * @returns {State}
   */
  #next(character) {
    if (this.#state === "escape") return this.#begun(character);
    if (this.#state === "charset") return character >= "0" ? "text" : "charset";
    if (character < "@") {
      this.#parameters += character;
      return "sequence";
    }
    this.#move(character, this.#parameters);
    return "text";
  }

  /**
   * @param {string} character the first one behind ESC
   * @returns {State}
   */
  #begun(character) {
    this.#parameters = "";
    if (character === "[") return "sequence";
    if (STRINGS.includes(character)) return "string";
    return character <= "/" ? "charset" : "text";
  }

  /**
   * @param {string} order
   * @param {string} parameters
   */
  #move(order, parameters) {
    if (!/^\d*$/.test(parameters)) return; // none that is known
    const number = Math.min(Number(parameters), COLUMNS);
    const steps = number || 1;
    const cells = this.#cells;
    const edge = Math.max(COLUMNS - 1, cells.length);
    if (order === "C") this.#cursor = Math.min(this.#cursor + steps, edge);
    else if (order === "D") this.#cursor = Math.max(this.#cursor - steps, 0);
    else if (order === "G") this.#cursor = steps - 1;
    else if (order === "P") cells.splice(this.#cursor, steps);
    else if (order === "@" && this.#cursor < cells.length) this.#insert(steps);
    else if (order === "X") cells.fill(" ", this.#cursor, this.#cursor + steps);
    else if (order === "K" || order === "J") this.#erase(number);
  }

  /** @param {number} blanks What they push beyond the edge is gone. */
  #insert(blanks) {
    const width = Math.max(COLUMNS, this.#cells.length);
    this.#cells.splice(this.#cursor, 0, ...Array(blanks).fill(" "));
    this.#cells.length = Math.min(this.#cells.length, width);
  }

  /** @param {number} which 0: what is right of the cursor, 1: what is left of it, 2: all */
  #erase(which) {
    if (which === 0) this.#cells.length = Math.min(this.#cells.length, this.#cursor);
    else if (which === 1) this.#cells.fill(" ", 0, this.#cursor + 1);
    else if (which === 2) this.#cells = [];
  }

  /** @param {string} character */
  #put(character) {
    if (character === "\n") this.#newLine();
    else if (character === "\r") this.#cursor = 0;
    else if (character === "\b") this.#cursor = Math.max(0, this.#cursor - 1);
    else if (character === "\t") this.#goTo(this.#cursor + TAB - (this.#cursor % TAB));
    else if (character >= " " && !(character >= "\x7f" && character < "\xa0")) {
      while (this.#cells.length < this.#cursor) this.#cells.push(" ");
      this.#cells[this.#cursor] = character;
      this.#goTo(this.#cursor + 1);
    }
  }

  /** @param {number} place to which the cursor is moved by what is printed */
  #goTo(place) {
    this.#cursor = place;
    if (place >= LONGEST) this.#newLine();
  }

  #newLine() {
    this.lines.push(this.line);
    this.finished += 1;
    if (this.lines.length > MAX_LINES) this.lines.shift();
    this.#cells = [];
    this.#cursor = 0;
  }
}
