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

test("a bell and a NUL take no room", () => {
  assert.equal(shown("a\x07b\0c"), "abc");
});

test("a command that never ends does not fill the memory, and no line is counted twice", () => {
  const screen = new Screen();
  for (let i = 0; i < 20_000; i++) screen.write(bytes("y\r\n"));
  assert.equal(screen.finished, 20_000);
  assert.ok(screen.lines.length <= 5000);
});
