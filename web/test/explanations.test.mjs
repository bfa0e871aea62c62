// SPDX-License-Identifier: GPL-2.0-only
/** The explanations, held against all that the verifier can say, and against what the kernel said to pairs of programs. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { assemble } from "../src/assembler/assembler.js";
import { HELPERS } from "../src/assembler/helpers.js";
import { explain, SENTENCES } from "../src/verifier/explanations.js";
import { parseLog, readVerdict } from "../src/verifier/verdict.js";

/** @param {string} name @returns {any} */
const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));

/** verifier_formats.py lists them from the kernel's source: each format, and the function that prints it. test_page_states.py does it again. @type {Record<string, string>} */
const FORMATS = read("verifier_formats.json");

/**
 * Programs that the page's kernel refuses, what it says of each, and the same programs mended, which it accepts.
 * tests/kernel/test_page_states.py asks the kernel again.
 * @type {{refused: string, mended: string, least: boolean, errno: string, log: string}[]}
 */
const PAIRS = read("pairs.json");

/** What the kernel said to a program that calls each helper once. @type {Record<string, import("../src/kernel/kernel.js").Answer>} */
const CALLS = read("helper_calls.json");

/** The formats that are not explained, by the reason why not. @type {Record<string, string[]>} */
const NOT_EXPLAINED = read("not_explained.json");

/** What no program can bring about in the page, or what is recorded elsewhere: a line for each such sentence, by the reason. @type {Record<string, string[]>} */
const NO_PAIR = {
  "it takes more than a minute on a slow machine; logs.json has it, as count-forever": [
    "BPF program is too large. Processed 1000001 insn",
  ],
  "a loader without CAP_PERFMON is refused before, where the pointer to the stack is moved": [
    "uninit stack in range of var-offset write prohibited for !root; insn 3, off: -8",
  ],
  "each helper on the type's list has its code in this kernel": ["kernel subsystem misconfigured func bpf_get_current_task#35"],
  "no helper on the type's list takes a number of bytes": [
    "R2 min value is negative, either use unsigned or 'var &= const'",
    "R2 unbounded memory access, use 'var &= const' or 'if (var < const)'",
  ],
  "the kernel looks before whether it knows the instruction's code": [
    "invalid atomic operand size",
    "invalid BPF_ALU opcode 8e",
  ],
  "the kernel looks before whether it has types (BTF)": ["JIT is required for calling kernel function"],
  "it would be a mistake of the kernel's": ["verifier internal error: no src_reg"],
  "only types (BTF) make a function one that the verifier judges by itself": ["R0 not a scalar value (ctx)"],
};

// What stands for a part that is no number, where "ctx" would make no sentence that the kernel says.
/** @type {Record<string, string[]>} */
const PARTS = {
  "invalid%s stack R%d off=%d size=%d\n": [" read from", " write to", " indirect access to"],
  "invalid variable-offset%s stack R%d var_off=%s size=%d\n": [" read from", " write to"],
  "invalid unbounded variable-offset%s stack R%d\n": [" read from", " write to"],
  "invalid%s read from stack R%d off %d+%d size %d\n": [" indirect"],
  "invalid%s read from stack R%d var_off %s+%d size %d\n": [" indirect"],
  "R%d%s variable offset stack access prohibited for !root, var_off=%s\n": [" indirect", ""],
  "misaligned %saccess off %s+%d+%d size %d\n": ["", "stack "],
};

/** @param {string} format @param {string} part for its first %s @returns {string} */
function filled(format, part) {
  const numbers = format.replace("var_off=%s", "var_off=(0x0; 0x7)").replace(/%(?:ll?)?[dui]/g, "3").replace(/%0?2?(?:ll)?x/g, "1f").replace("%*c", " ");
  return numbers.replace("%s", part).replaceAll("%s", "ctx").trim();
}

/** @param {string} format @returns {boolean} */
function isExplained(format) {
  return (PARTS[format] ?? ["ctx"]).every((part) => explain(filled(format, part), "EINVAL") !== "");
}

test("all that the verifier can say is explained, or there is a reason why not", () => {
  const left = Object.keys(FORMATS).filter((format) => !isExplained(format));
  assert.deepEqual(Object.values(NOT_EXPLAINED).flat().sort(), left.sort());
  assert.ok(Object.keys(FORMATS).length > 400);
});

for (const { refused, mended, errno, log } of PAIRS) {
  test(`refused, and explained: ${refused}`, () => {
    const { errors, insns, lines } = assemble(refused);
    assert.deepEqual(errors, []);
    assert.deepEqual(assemble(mended).errors, []);
    const { reason, explanation, source } = readVerdict({ accepted: false, errno, log }, lines, insns);
    assert.ok(reason);
    assert.notEqual(explanation, "", `nothing explains: ${reason}`);
    if (!/too (?:complex|large|deep|many)|combined stack/i.test(reason)) assert.ok(source, `no line for: ${reason}`);
  });
}

test("each sentence has its pair, or there is a reason why not", () => {
  const firstFor = (/** @type {string} */ line) => SENTENCES.findIndex(([pattern]) => pattern.test(line));
  const reasons = PAIRS.map(({ errno, log }) => readVerdict({ accepted: false, errno, log }).reason ?? "");
  const paired = new Set(reasons.map(firstFor));
  const without = SENTENCES.map((_, index) => index).filter((index) => !paired.has(index));
  const numbers = Object.values(NO_PAIR).flat().map(firstFor);
  assert.deepEqual(numbers.sort((one, other) => one - other), without);
});

// What the verifier tells without a place: the program's lines, the reason, the line that it is about.
/** @type {[string[], string, number][]} */
const UNPLACED = [
  [["r0 = 0", "*(u64 *)(r10 - 8) = 0", "lock *(u16 *)(r10 - 8) += r0", "exit"], "unknown opcode cb", 3],
  [["call fine", "call pc+100", "exit", "fine: r0 = 0", "exit"], "call to invalid destination", 2],
  [["call f", "r0 = 1", "f: r0 = 2", "exit"], "last insn is not an exit or jmp", 2],
  [["call f", "exit", "f: r0 = 2"], "last insn is not an exit or jmp", 3],
  [["call f", "goto +1", "f: r1 = 2 ll", "r0 = 2"], "last insn is not an exit or jmp", 4],
  [["r0 = 0", "call 35", "exit"], "kernel subsystem misconfigured func bpf_get_current_task#35", 2],
];
for (const [program, reason, line] of UNPLACED) {
  test(`the place of: ${reason}`, () => {
    const { insns, lines } = assemble(program.join("\n"));
    const log = `0: (b7) r0 = 0\n${program.length}: (95) exit\n${reason}\n`;
    const verdict = readVerdict({ accepted: false, errno: "EINVAL", log }, lines, insns);
    assert.deepEqual([verdict.reason, verdict.source], [reason, line]);
    assert.notEqual(verdict.explanation, "");
  });
}

test("what is about all functions together is at no line", () => {
  for (const reason of ["combined stack size of 2 calls is 800. Too large", "the call stack of 9 frames is too deep !"]) {
    const log = `0: (b7) r0 = 0\n1: (95) exit\n${reason}\n`;
    assert.equal(readVerdict({ accepted: false, errno: "EACCES", log }, [1, 2]).source, null);
  }
});

test("each helper was called once, and every refusal is explained at the line of the call", () => {
  assert.deepEqual(Object.keys(CALLS), HELPERS);
  for (const [name, answer] of Object.entries(CALLS)) {
    const { insns, lines } = assemble(helperCall(name));
    const { reason, explanation, source } = readVerdict(answer, lines, insns);
    if (answer.accepted) continue;
    assert.ok(reason, name);
    assert.notEqual(explanation, "", `${name}: ${reason}`);
    assert.equal(source, 6, name);
  }
});

/** @param {string} name @returns {string} as test_page_states.py writes it */
function helperCall(name) {
  return `r1 = 0\nr2 = 0\nr3 = 0\nr4 = 0\nr5 = 0\ncall ${name === "bpf_unspec" ? 0 : name}\nr0 = 0\nexit`;
}

// A line of the log, what its explanation must say, and what it must not.
/** @type {[string, RegExp, RegExp][]} */
const WORDS = [
  ["invalid indirect access to stack R2 off=-520 size=8", /for a helper, lies outside/, /write/],
  ["R2 min value is negative, either use unsigned or 'var &= const'", /how many bytes/, /address/],
  ["R2 min value is negative, either use unsigned index or do a if (index >=0) check.", /address/, /how many/],
  ["R3 unbounded memory access, use 'var &= const' or 'if (var < const)'", /how many bytes/, /address/],
  ["R3 subtraction from stack pointer prohibited", /r3 \+= -8/, /follow/],
  ["unknown func bpf_unspec#0", /number 0/, /exists/],
  ["kernel subsystem misconfigured func bpf_get_current_task#35", /tracing/, /list/],
  ["verifier internal error: no src_reg", /mistake in itself/, /$^/],
];
for (const [line, words, others] of WORDS) {
  test(`the explanation says what is meant: ${line}`, () => {
    const { explanation } = readVerdict({ accepted: false, errno: "EACCES", log: `${line}\n` });
    assert.match(explanation, words);
    assert.doesNotMatch(explanation, others);
  });
}

test("the log of every pair is understood line by line", () => {
  for (const { log } of PAIRS) {
    const others = parseLog(log).filter(({ kind, text }) => kind === "other" && text.trim());
    assert.ok(others.length <= 1, JSON.stringify(others));
  }
});
