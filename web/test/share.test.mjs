// SPDX-License-Identifier: GPL-2.0-only
import assert from "node:assert/strict";
import { test } from "node:test";

import { distance, nearest } from "../src/assembler/nearest.js";
import { readNumber } from "../src/ui/number.js";
import { fromBase64Url, hashOf, readHash, toBase64Url } from "../src/ui/share.js";

test("a program goes into a link and comes back", () => {
  for (const text of ["", "exit", "r0 = 1\nexit\n", "// ünï 😀\nexit", "?".repeat(1000), "\u0000\uffff"]) {
    assert.deepEqual(readHash(hashOf(text)), { program: text });
    assert.match(hashOf(text), /^#program=[A-Za-z0-9_-]*$/);
  }
});

test("an example is named by the link", () => {
  assert.deepEqual(readHash("#example=endless"), { example: "endless" });
});

test("other places of the page are none of ours", () => {
  for (const hash of ["", "#", "#how-to-write-a-program", "#programme"]) assert.equal(readHash(hash), null);
});

test("a damaged link says so", () => {
  const broken = ["#program=%%%", "#program=a", `#program=${toBase64Url("exit")}!`, "#program=_w"];
  for (const hash of broken) assert.deepEqual(readHash(hash), { damaged: true });
  assert.equal(fromBase64Url("not base64 at all!"), null);
});

/** @type {[string, number][]} */
const NUMBERS = [
  ["0", 0],
  [" 42 ", 42],
  ["4294967295", 4294967295],
  ["0xff", 255],
  ["0XFFFFFFFF", 4294967295],
];

/** @param {string} text @returns {string} what is wrong with it */
function wrongWith(text) {
  const read = readNumber(text);
  assert.ok("error" in read);
  return read.error;
}

test("an input is a number of 32 bits", () => {
  for (const [text, value] of NUMBERS) assert.deepEqual(readNumber(text), { value });
  for (const text of ["4294967296", "0x100000000", "9".repeat(400)])
    assert.match(wrongWith(text), /0 to 4294967295/);
  for (const text of ["", "-1", "1.5", "one", "0x", "1e3"]) assert.match(wrongWith(text), /whole number/);
});

test("the nearest name is found, if it is near", () => {
  assert.equal(distance("kitten", "sitting"), 3);
  assert.equal(nearest("exot", ["exit", "goto"]), "exit");
  assert.equal(nearest("elephant", ["exit", "goto"]), undefined);
  assert.equal(nearest("anything", []), undefined);
});
