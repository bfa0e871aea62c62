// SPDX-License-Identifier: GPL-2.0-only
import assert from "node:assert/strict";
import { test } from "node:test";

import { assemble } from "../src/assembler/assembler.js";
import { translated } from "../src/assembler/translated.js";

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
  return translated(left, insns(before)).map(({ text, own }) => `${own ? " " : "*"} ${text}`);
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
  assert.equal(call, "* 0: (85) call unknown#-1");
});

test("a map is shown by the id that the kernel gives it", () => {
  const left = Uint8Array.of(...[0x18, 0x11, 0, 0, 7, 0, 0, 0], ...[0, 0, 0, 0, 0, 0, 0, 0], ...[0x95, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(translated(left, left)[0], { text: "0: (18) r1 = map[id:7]", own: true });
});

test("nothing is left of nothing", () => {
  assert.deepEqual(translated(new Uint8Array(0), insns("r0 = 1\nexit")), []);
});
