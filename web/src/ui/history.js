// SPDX-License-Identifier: GPL-2.0-only
/** Earlier commands, by the arrow keys or by buttons; below the latest one is what the reader is just typing. */

const KEPT = 50;

export class History {
  #input;
  /** @type {string[]} */
  #commands;
  #at;
  #draft = "";

  /**
   * @param {HTMLInputElement} input
   * @param {string[]} commands what was typed before, the latest last
   */
  constructor(input, commands) {
    this.#input = input;
    this.#commands = [...commands];
    this.#at = commands.length;
    input.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
      if (!step) return;
      event.preventDefault();
      this.go(step);
    });
  }

  /** @returns {string[]} */
  get latest() {
    return this.#commands.slice(-KEPT);
  }

  /** What the reader is typing, also while an earlier command is shown. */
  get draft() {
    return this.#at === this.#commands.length ? this.#input.value : this.#draft;
  }

  /** @param {number} step -1: an earlier one, 1: a later one */
  go(step) {
    this.#draft = this.draft;
    this.#at = Math.min(Math.max(this.#at + step, 0), this.#commands.length);
    this.#input.value = this.#commands[this.#at] ?? this.#draft;
  }

  /** @param {string} command */
  add(command) {
    const draft = this.draft;
    if (command && command !== this.#commands.at(-1)) this.#commands.push(command);
    this.#at = this.#commands.length;
    this.#input.value = draft;
  }

  /** The line was sent. */
  clear() {
    this.#input.value = this.#draft = "";
  }
}
