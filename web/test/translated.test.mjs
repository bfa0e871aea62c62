// SPDX-License-Identifier: GPL-2.0-only
import assert from "node:assert/strict";
import { test } from "node:test";

import { assemble } from "../src/assembler/assembler.js";
import { translated } from "../src/assembler/translated.js";
import { summaryOf } from "../src/ui/translated-view.js";

/** @param {string} text @returns {Uint8Array} */
function insns(text) {
  const { insns, errors } = assemble(text);
  assert.deepEqual(errors, []);
  return insns;
}

/** @param {string} before @param {string} after @param {number[]} [distances] of the helpers' functions */
function seen(before, after, distances = []) {
  const left = insns(after);
  const view = new DataView(left.buffer, left.byteOffset);
  for (let at = 0; at < left.length; at += 8) {
    if (left[at] === 0x85) view.setInt32(at + 4, distances.shift() ?? assert.fail(), true);
  }
  return translated(left, insns(before)).insns.map(({ text, own }) => `${own ? " " : "*"} ${text}`);
}

/** @param {string} before @param {string} after @returns {{counts: string, note: string}} what the page says of it */
function told(before, after) {
  return summaryOf(translated(insns(after), insns(before)), false);
}

test("a load that the verifier put elsewhere is marked, and what stayed is not, though its place changed", () => {
  assert.deepEqual(seen("r0 = *(u32 *)(r1 + 0)\nexit", "r0 = *(u64 *)(r1 + 8)\nr0 = *(u32 *)(r0 + 4)\nexit"), [
    "* 0: (79) r0 = *(u64 *)(r1 +8)",
    "* 1: (61) r0 = *(u32 *)(r0 +4)",
    "  2: (95) exit",
  ]);
});

test("a helper is named, whatever distance the kernel gives in place of its number", () => {
  const program = "call bpf_ktime_get_ns\ncall bpf_get_smp_processor_id\nexit";
  assert.deepEqual(seen(program, program, [-53120, 98304]), [
    "  0: (85) call bpf_ktime_get_ns#5",
    "  1: (85) call bpf_get_smp_processor_id#8",
    "  2: (95) exit",
  ]);
});

test("where a call was removed, none is given a name", () => {
  const [call] = seen("call bpf_ktime_get_ns\ncall bpf_get_smp_processor_id\nexit", "call bpf_ktime_get_ns\nexit", [5]);
  assert.equal(call, "  0: (85) call a helper");
  const [same] = seen("call bpf_ktime_get_ns\ncall bpf_ktime_get_ns\nexit", "call bpf_ktime_get_ns\nexit", [5]);
  assert.equal(same, "  0: (85) call bpf_ktime_get_ns#5");
});

// What the page's kernel gave back of two programs.
test("a function that is interpreted is as far away as it was written", () => {
  const written = insns("r1 = 1\ncall f\nexit\nf: r0 = 2\nexit");
  const left = Uint8Array.from(written);
  left.set([1, 0, 0xb0, 0x54, 0, 0], 8 + 2); // the distance, and the interpreter's number
  assert.deepEqual(translated(left, written).insns[1], { text: "1: (85) call pc+1", own: true });
});

test("the barrier that the verifier puts behind a store is named", () => {
  const written = insns("*(u64 *)(r10 - 8) = 1\nr0 = 0\nexit");
  const left = Uint8Array.of(...written.subarray(0, 8), 0xc2, 0, 0, 0, 0, 0, 0, 0, ...written.subarray(8));
  assert.deepEqual(translated(left, written).insns[1], { text: "1: (c2) nospec", own: false });
});

test("an instruction that was added is marked, though another one was written like it", () => {
  assert.deepEqual(seen("w0 = 1\nw0 = w0\nexit", "w0 = 1\nw0 = w0\nw0 = w0\nexit").filter((line) => line[0] === "*"), [
    "* 2: (bc) w0 = w0",
  ]);
});

test("what was removed, changed and left is counted as what it is", () => {
  const forked = "r0 = 43\nif r0 == 43 goto pc+1\nr0 = 0\nexit";
  assert.match(told(forked, "r0 = 43\nexit").counts, /^2 instructions, none of them changed or added; 2 of yours removed$/);
  assert.match(told(forked, "r0 = 43\nexit").note, /^What the verifier removes can never run.*left the rest/);
  assert.match(told(forked, forked).counts, /^4 instructions, none of them changed or added$/);
  assert.match(told(forked, forked).note, /left all of it as it was written/);
  assert.match(told("r0 = 1\nexit", "r0 = 1\nw0 = w0\nexit").counts, /^3 instructions, 1 of them changed or added$/);
  const moved = told(`r2 = 5\n${forked}`, "r2 = 6\nr0 = 43\nexit");
  assert.match(moved.counts, /^3 instructions, 1 of them changed or added; 3 of yours replaced or removed$/);
  assert.match(moved.note, /^Marked is .* What the verifier removes can never run/);
  assert.match(told("exit", "exit").counts, /^1 instruction,/);
});

test("of a program whose end is missing, nothing is said to be gone", () => {
  const { counts, note } = summaryOf(translated(insns("r0 = 1"), insns("r0 = 1\nexit")), true);
  assert.equal(counts, "1 instruction and more, none of them changed or added");
  assert.equal(note, "");
});

test("a map is shown by the id that the kernel gives it", () => {
  const left = Uint8Array.of(...[0x18, 0x11, 0, 0, 7, 0, 0, 0], ...[0, 0, 0, 0, 0, 0, 0, 0], ...[0x95, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(translated(left, left).insns[0], { text: "0: (18) r1 = map[id:7]", own: true });
});

test("nothing is left of nothing", () => {
  assert.deepEqual(translated(new Uint8Array(0), insns("r0 = 1\nexit")), { insns: [], gone: 2 });
});
