// SPDX-License-Identifier: GPL-2.0-only
/** Brings what the screen has onto the page, at most once a frame, and in pieces that a screen reader can read out. */

import { Screen } from "../kernel/screen.js";
import { make } from "./dom.js";
import { nameInvisible } from "./invisible.js";

const PROMPT = "# ";
const MAX_SHOWN = 2000; // lines
const BLOCK = 100; // lines that the browser lays out by themselves: what is above stays as it is
const MAX_WAITING = 1 << 16; // bytes; a page in the background draws no frames
const NEAR = 8; // pixels from the end that still are the end

const encoder = new TextEncoder();

export class Printer {
  #log;
  #screen = new Screen();
  #current = document.createElement("span");
  /** @type {{element: HTMLElement, lines: number}[]} */
  #blocks = [];
  /** @type {number[]} */
  #waiting = [];
  #printed = 0;
  #due = false;
  #following = true; // false while the reader looks at what was said earlier

  /** @param {HTMLElement} log is filled */
  constructor(log) {
    this.#log = log;
    log.addEventListener("scroll", () => {
      this.#following = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
    });
  }

  /** The reader typed, and wants to see what comes of it. */
  follow() {
    this.#following = true;
  }

  /** @param {string} text all that is shown from now on */
  clear(text) {
    this.#screen = new Screen();
    this.#screen.write(encoder.encode(PROMPT)); // the shell printed it before the machine was saved
    this.#printed = 0;
    this.#blocks = [];
    this.#waiting = [];
    this.#log.replaceChildren(this.#current);
    this.#current.textContent = "";
    this.#append(text.split("\n"));
  }

  /** @param {number} byte */
  write(byte) {
    this.#waiting.push(byte);
    if (this.#waiting.length >= MAX_WAITING) this.#read();
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => this.#print());
  }

  #read() {
    this.#screen.write(Uint8Array.from(this.#waiting));
    this.#waiting = [];
  }

  #print() {
    this.#due = false;
    this.#read();
    const { lines, line, finished } = this.#screen;
    this.#append(lines.slice(Math.max(0, lines.length - (finished - this.#printed))).map(nameInvisible));
    this.#printed = finished;
    this.#current.textContent = line === PROMPT ? "" : nameInvisible(line); // the input line has a prompt of its own
    if (this.#following) this.#log.scrollTop = this.#log.scrollHeight;
  }

  /** @param {string[]} fresh lines that are new */
  #append(fresh) {
    for (let at = Math.max(0, fresh.length - MAX_SHOWN); at < fresh.length;) {
      let block = this.#blocks.at(-1);
      if (!block || block.lines === BLOCK) {
        block = { element: make("span", { class: "kernel-block" }), lines: 0 };
        this.#blocks.push(block);
        this.#current.before(block.element);
      }
      const some = fresh.slice(at, at + BLOCK - block.lines);
      block.element.append(some.map((one) => `${one}\n`).join(""));
      block.lines += some.length;
      at += some.length;
    }
    while (this.#blocks.length > MAX_SHOWN / BLOCK + 1) this.#blocks.shift()?.element.remove();
  }
}
