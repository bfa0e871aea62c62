// SPDX-License-Identifier: GPL-2.0-only
import assert from "node:assert/strict";
import { test } from "node:test";
import { Screen } from "../src/kernel/screen.js";

const bytes = (/** @type {string} */ text) => new TextEncoder().encode(text);

/**
 * @param {...(string | Uint8Array)} pieces
 * @returns {string}
 */
function shown(...pieces) {
  const screen = new Screen();
  for (const piece of pieces) screen.write(typeof piece === "string" ? bytes(piece) : piece);
  return screen.text;
}

test("a terminal's line ends make one new line", () => {
  assert.equal(shown("# ls\r\na\r\nb\r\n# "), "# ls\na\nb\n# ");
});

test("what the shell asks the terminal is not shown, also when it comes byte by byte", () => {
  assert.equal(shown("# \x1b[6necho"), "# echo");
  assert.equal(shown(...Array.from(bytes("# \x1b[6n\x1b[1;32mok\x1b[m"), (byte) => Uint8Array.of(byte))), "# ok");
});

test("a line that is edited ends as it was edited", () => {
  assert.equal(shown("eco\b\bcho"), "echo");
  assert.equal(shown("10 %\r20 %"), "20 %");
  assert.equal(shown("\b\bx"), "x");
});

test("a character that is cut in two is whole in the end", () => {
  const [first, second] = bytes("é");
  assert.equal(shown(Uint8Array.of(first), Uint8Array.of(second)), "é");
});

test("a tab moves on to the next of the places that are eight apart, and changes nothing", () => {
  assert.equal(shown("abcdefghij\r\tX"), "abcdefghXj");
  assert.equal(shown("1\t2\t\r\n12345678\t9"), "1       2\n12345678        9");
});

test("a bell and a NUL take no room", () => {
  assert.equal(shown("a\x07b\0c"), "abc");
});

test("a command that never ends does not fill the memory, and no line is counted twice", () => {
  const screen = new Screen();
  for (let i = 0; i < 20_000; i++) screen.write(bytes("y\r\n"));
  assert.equal(screen.finished, 20_000);
  assert.ok(screen.lines.length <= 5000);
});

test("what takes two of JavaScript's characters takes one place", () => {
  assert.equal(shown("a😀b\b\bxy"), "axy");
  assert.equal(shown("😀\b\bz"), "z");
});

test("a title is not shown, however it ends, and one without an end takes no more than its line", () => {
  assert.equal(shown("\x1b]0;title\x07a", "\x1b]2;title\x1b\\b", "\x1bPq#0\x1b\\c"), "abc");
  assert.equal(shown("\x1b]0;never ended\r\nstill here"), "still here");
});

test("what never ends a line does not fill the memory", () => {
  const screen = new Screen();
  for (let i = 0; i < 100; i++) screen.write(bytes("x".repeat(1000)));
  assert.equal(screen.text.replaceAll("\n", "").length, 100_000);
  assert.ok(screen.line.length <= 10_000);
  screen.write(bytes("\r\n\x1b[999999999Cx"));
  assert.ok(screen.line.length <= 500);
  screen.write(bytes(`\r\n${"x".repeat(9000)}\r`));
  for (let i = 0; i < 100; i++) screen.write(bytes("\x1b[500@"));
  assert.equal(screen.line.length, 9000);
  screen.write(bytes("\t".repeat(100_000)));
  assert.ok(screen.line.length <= 10_000);
});

// Random input, against a terminal that is told the same things one by one, and never sees a byte.

const COLUMNS = 500; // of the guest's terminal

/** The line of a terminal, as a list of places. */
class Model {
  /** @type {string[]} */
  places = [];
  at = 0;
  /** @type {string[]} */
  done = [];

  /** @param {string} character */
  print(character) {
    this.places = [...this.places, ...Array(Math.max(0, this.at - this.places.length)).fill(" ")];
    this.places = [...this.places.slice(0, this.at), character, ...this.places.slice(this.at + 1)];
    this.at += 1;
  }

  /** @param {number} blanks */
  insert(blanks) {
    if (this.at >= this.places.length) return;
    const width = Math.max(COLUMNS, this.places.length);
    this.places = [...this.places.slice(0, this.at), ...Array(blanks).fill(" "), ...this.places.slice(this.at)].slice(0, width);
  }

  end() {
    this.done = [...this.done, this.places.join("")];
    this.places = [];
    this.at = 0;
  }

  get text() {
    return [...this.done, this.places.join("")].join("\n");
  }
}

/** What a program may send, and what it does to the model. @type {[string, (model: Model) => void][]} */
const ORDERS = [
  ["\r\n", (model) => model.end()],
  ["\r", (model) => (model.at = 0)],
  ["\b", (model) => (model.at = Math.max(model.at - 1, 0))],
  ["\t", (model) => (model.at = (Math.floor(model.at / 8) + 1) * 8)],
  ["\x1b[K", (model) => (model.places = model.places.slice(0, model.at))],
  ["\x1b[J", (model) => (model.places = model.places.slice(0, model.at))],
  ["\x1b[2K", (model) => (model.places = [])],
  ["\x1b[C", (model) => (model.at += 1)],
  ["\x1b[3D", (model) => (model.at = Math.max(model.at - 3, 0))],
  ["\x1b[4G", (model) => (model.at = 3)],
  ["\x1b[2P", (model) => (model.places = model.places.filter((_, at) => at < model.at || at >= model.at + 2))],
  ["\x1b[2@", (model) => model.insert(2)],
  ["\x1b[500@", (model) => model.insert(500)],
  ["\x1b(\nB", (model) => model.end()],
  ["\x1b[\n1m", (model) => model.end()],
  ...["\x1b(\x1b[31m", "\x1b[3\x1b(B", "\x1b(\x18", "\x1b#8", "\x07", "\0", "\x1b[6n", "\x1b[1;32m", "\x1b[?25l", "\x1b(B", "\x1b7", "\x1b[>c", "\x1b]0;é😀\x07"].map(
    (order) => /** @type {[string, () => void]} */ ([order, () => {}]),
  ),
  ...["a", "Z", " ", "é", "あ", "😀", "𝒳", "\u{10ffff}", "~"].map(
    (character) =>
      /** @type {[string, (model: Model) => void]} */ ([character, (model) => model.print(character)]),
  ),
];

/** @param {number} seed @returns {(below: number) => number} the same numbers for the same seed */
function randomNumbers(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test("random input shows what a terminal shows, wherever it is cut, and half of an escape shows nothing", () => {
  for (let seed = 0; seed < 500; seed++) {
    const random = randomNumbers(seed);
    const model = new Model();
    const screen = new Screen();
    let sent = "";
    for (let i = 0; i < 60; i++) {
      const [order, act] = ORDERS[random(ORDERS.length)];
      sent += order;
      act(model);
      const all = bytes(order);
      const cut = random(all.length + 1);
      screen.write(all.subarray(0, cut));
      if (order[0] === "\x1b" && cut < all.length) assert.equal(screen.settled, cut === 0, JSON.stringify(order));
      screen.write(all.subarray(cut));
      assert.equal(screen.text, model.text, `${seed}: ${JSON.stringify(sent)}`);
      assert.ok(screen.settled);
    }
  }
});
