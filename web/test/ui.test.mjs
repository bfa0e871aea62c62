// SPDX-License-Identifier: GPL-2.0-only
import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import { crc32 } from "../src/kernel/crc32.js";
import { asProblem, Problem } from "../src/kernel/problem.js";
import { needWebAssembly } from "../src/kernel/webassembly.js";
import { History } from "../src/ui/history.js";
import { nameInvisible } from "../src/ui/invisible.js";
import { recall, remember } from "../src/ui/memory.js";
import { shown } from "../src/ui/maps-view.js";
import { asText, remarkOn, typedLines } from "../src/ui/paste.js";
import { tooLong } from "../src/ui/too-long.js";

test("what is in a map is a number if it has the size of one, and otherwise bytes", () => {
  assert.deepEqual(
    [shown("2a", 1), shown("2a01", 2), shown("ffffffff", 4), shown("ffffffffffffffff", 8), shown("010203", 3)],
    ["42", "298", "4294967295", "18446744073709551615", "01 02 03"],
  );
  assert.equal(shown("00".repeat(64), 65), `${"00 ".repeat(64)}…`);
});

test("the checksum is that of gzip", () => {
  for (const text of ["", "a", "123456789", "\x00\xff".repeat(1000)]) {
    assert.equal(crc32(Buffer.from(text, "latin1")), zlib.crc32(Buffer.from(text, "latin1")));
  }
});

test("a browser that has no WebAssembly, or may not use it, is told before anything is fetched", (context) => {
  needWebAssembly();
  const kept = globalThis.WebAssembly;
  context.after(() => Object.assign(globalThis, { WebAssembly: kept }));
  const refused = class {
    constructor() {
      throw new EvalError("violates the following Content Security policy directive");
    }
  };
  Object.assign(globalThis, { WebAssembly: { Module: refused } });
  assert.throws(needWebAssembly, (error) => error instanceof Problem && /forbidden.*wasm-unsafe-eval/.test(error.message));
  Object.assign(globalThis, { WebAssembly: undefined });
  assert.throws(needWebAssembly, (error) => error instanceof Problem && /has no WebAssembly/.test(error.message));
});

test("whatever is thrown becomes a sentence with a next step", () => {
  for (const thrown of [new Error("boom."), "boom", { toString: () => "boom" }]) {
    assert.match(asProblem(thrown).message, /could not be started: boom\. Press the button again/);
  }
  for (const thrown of [undefined, null, new Error("")]) assert.match(asProblem(thrown).message, /no reason was given/);
});

test("what cannot be seen is named", () => {
  assert.equal(nameInvisible("unexpected ' '"), "unexpected ' '");
  assert.equal(nameInvisible("r1\u200b"), "r1⟨U+200B zero-width space⟩");
  assert.equal(nameInvisible("1\ufe0f"), "1⟨U+FE0F⟩");
  assert.equal(nameInvisible("a\u00a0b\ufeff\u0007\u{e0041}"), "a⟨U+00A0 no-break space⟩b⟨U+FEFF byte order mark⟩⟨U+0007⟩⟨U+E0041⟩");
  assert.equal(nameInvisible("é あ 😀"), "é あ 😀");
});

test("line ends and blanks are text", () => {
  assert.equal(nameInvisible("a b\nc"), "a b\nc");
});

// What is pasted, and what of it is typed.
/** @type {[string, string[]][]} */
const PASTED = [
  ["# cat /sys/oreore/bpf", ["cat /sys/oreore/bpf"]],
  ["$ uname -r\n", ["uname -r"]],
  ["\n# echo 1 > /sys/oreore/bpf\r\n# cat /sys/oreore/bpf\r\n43\r\n# ", ["echo 1 > /sys/oreore/bpf", "cat /sys/oreore/bpf"]],
  ["# cat x\n43\nls: #: no\n#", ["cat x"]],
  ["echo 1\n# a comment\necho 2", ["echo 1", "# a comment", "echo 2"]],
  ["#!/bin/sh\necho 1", ["#!/bin/sh", "echo 1"]],
  ["cat > x <<EOF\n# a comment\n> quoted\n\nEOF", ["cat > x <<EOF", "# a comment", "> quoted", "", "EOF"]],
  ["# cat > x <<'END OF'\n# a comment\n\nEND OF\n# ls\n", ["cat > x <<'END OF'", "# a comment", "", "END OF", "ls"]],
  ["# cat <<EOF\n> # one\n> \n> EOF\none\n", ["cat <<EOF", "# one", "", "EOF"]],
  ["# cat <<-EOF\n\tone\n\tEOF\none\n# ls", ["cat <<-EOF", "\tone", "\tEOF", "ls"]],
  ["# echo $((1<<a))\n2\n# ls", ["echo $((1<<a))", "ls"]],
  ["# for i in 1 2\n> do echo $i\n> done\n1\n2\n> 3", ["for i in 1 2", "do echo $i", "done"]],
  ["# echo a \\\nb\na b\n# ls", ["echo a \\", "b", "ls"]],
];
for (const [text, lines] of PASTED) {
  test(`what is typed of a paste: ${JSON.stringify(text)}`, () => assert.deepEqual(typedLines(text), lines));
}

test("a paste presses no key, and what nobody can see in it is told", () => {
  assert.equal(asText("\t\techo\ta\x1b[A\x03\x04b"), "echo a[Ab");
  assert.equal(remarkOn(["echo a", "\tb\tc é😀"]), "");
  assert.equal(remarkOn(["a\x1b", "b\x1b\x03"]), "Left out, because the shell would take it for a key: ⟨U+001B⟩, ⟨U+0003⟩.");
  assert.match(remarkOn(["cat\u00a0x"]), /^Sent, though it can't be seen: ⟨U\+00A0 no-break space⟩\. If the shell/);
});

test("what the shell would cut is refused, and counted in the guest's bytes", () => {
  assert.equal(tooLong(`echo ${"x".repeat(1000)}\n`), "");
  assert.match(tooLong(`echo ${"x".repeat(1100)}\n`), /it has 1105 bytes, and the shell takes/);
  assert.match(tooLong(`echo ${"é".repeat(600)}\n`), /it has 1205 bytes/);
  assert.equal(tooLong(`echo one\n${"echo two\n".repeat(100)}`), "");
  assert.match(tooLong("echo two\n".repeat(200_000)), /the console takes 4000 at a time/);
});

/** @param {string[]} commands */
function historyOf(commands) {
  const input = /** @type {any} */ ({ value: "", addEventListener() {} });
  return { input, history: new History(input, commands) };
}

test("a draft survives the way through earlier commands", () => {
  const { input, history } = historyOf(["one", "two"]);
  input.value = "draft";
  for (const shown of ["two", "one", "one"]) {
    history.go(-1);
    assert.equal(input.value, shown);
    assert.equal(history.draft, "draft");
  }
  history.go(1);
  history.go(1);
  history.go(1);
  assert.equal(input.value, "draft");
});

test("what is sent is the latest command, once", () => {
  const { input, history } = historyOf([]);
  for (const command of ["one", "one", "", "two"]) history.add(command);
  assert.deepEqual(history.latest, ["one", "two"]);
  input.value = "typed meanwhile";
  history.add("pressed");
  assert.equal(input.value, "typed meanwhile");
  history.clear();
  assert.equal(input.value, "");
});

test("where the browser keeps nothing, nothing is remembered, and nothing fails", () => {
  remember("draft", "text");
  assert.equal(recall("draft"), null);
});
