// SPDX-License-Identifier: GPL-2.0-only
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { assemble } from "../src/assembler/assembler.js";
import { EXAMPLES } from "../src/ui/examples.js";
import { parseLog, readVerdict } from "../src/verifier/verdict.js";
import { disassemble } from "../src/assembler/disassemble.js";

/** What the book's kernel said to the examples, at log level 2; of those that explore long, the end (level 4: the statistics). */
const LOGS = JSON.parse(readFileSync(new URL("logs.json", import.meta.url), "utf8"));

const MAP_ADDRESS = /0x[0-9a-f]+(?= +; R\d_w=map_ptr)/;

/** A program that uses all of the notation, and how the kernel shows its instructions. */
const NOTATION = JSON.parse(readFileSync(new URL("notation.json", import.meta.url), "utf8"));

/**
 * What notebook 06 shows, at log level 1.
 * @type {{cells: {outputs?: {text?: string[]}[]}[]}}
 */
const NOTEBOOK = JSON.parse(readFileSync(new URL("../../notebooks/06-the-loader.ipynb", import.meta.url), "utf8"));

function notebookReasons() {
  const said = NOTEBOOK.cells.flatMap(({ outputs = [] }) => outputs.flatMap(({ text = [] }) => text)).join("");
  const pairs = [...said.matchAll(/^(.*): (E[A-Z]+)\n {4}(.*)$/gm)];
  return pairs.map(([, program, errno, line]) => ({ program, errno, line }));
}

/** Each example, as root loads it, and as a loader without CAP_PERFMON does, where that is another verdict. */
const CASES = EXAMPLES.flatMap(({ name, text, expected, why, without }) => [
  { name, text, expected, why },
  ...(without ? [{ name: `${name} without CAP_PERFMON`, text, ...without }] : []),
]);

for (const { name, text, expected, why } of CASES) {
  test(`the kernel's answer to ${name}`, () => {
    const { lines, insns, errors } = assemble(text);
    assert.deepEqual(errors, []);
    const verdict = readVerdict(LOGS[name], lines, insns);
    assert.equal(verdict.accepted, expected === "accepted");
    assert.notEqual(why, "");
    if (verdict.accepted) return assert.deepEqual([verdict.reason, verdict.explanation], [null, ""]);
    assert.match(verdict.reason ?? "", new RegExp(expected));
    assert.notEqual(verdict.explanation, "", `nothing explains: ${verdict.reason}`);
    assert.equal(verdict.lines.filter(({ kind }) => kind === "reason").length, 1);
    if (!/too large/.test(verdict.reason ?? "")) assert.ok(verdict.source, "the reason leads to no line");
  });

  test(`every line of the log of ${name} is understood`, () => {
    const others = parseLog(LOGS[name].log).filter(({ kind, text }) => kind === "other" && text.trim());
    assert.ok(others.length <= (LOGS[name].accepted ? 0 : 1), JSON.stringify(others));
  });
}

test("the names of examples are links, and differ", () => {
  const names = EXAMPLES.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[a-z0-9-]+$/);
  assert.equal(names[0], "add-42");
});

test("the programs of the book's progs.h are the same among the examples", () => {
  const header = readFileSync(new URL("../../loader/progs.h", import.meta.url), "utf8");
  const programs = new Map([...header.matchAll(/\{ "([a-z0-9-]+)", "([^"]+)"/g)].map(([, name, text]) => [name, text]));
  const shared = EXAMPLES.filter(({ name }) => programs.has(name));
  assert.ok(shared.length >= 8);
  for (const { name, text } of shared) {
    assert.deepEqual([name, assemble(text).insns], [name, assemble(programs.get(name) ?? "").insns]);
  }
});

test("the accepted programs' logs assemble to the same bytes again", () => {
  for (const { name, text } of EXAMPLES) {
    // A log leaves out what is never walked, and shows a map as an address.
    if (!LOGS[name].accepted || name === "dead-branch" || assemble(text).maps.length) continue;
    assert.deepEqual([name, assemble(LOGS[name].log).errors], [name, []]);
    assert.deepEqual([name, assemble(LOGS[name].log).insns], [name, assemble(text).insns]);
  }
});

test("what the log shows of an instruction is what the assembler makes of it", () => {
  for (const { name, text } of EXAMPLES) {
    const shown = disassemble(assemble(text).insns);
    for (const { kind, text: line } of parseLog(LOGS[name].log)) {
      if (kind !== "instruction") continue;
      const [instruction] = line.replace(MAP_ADDRESS, "0x0").split(/\s+;/);
      assert.ok(shown.includes(instruction), `${name}: ${instruction}`);
    }
  }
});

test("lines of the log lead to lines of the program, over comments and constants of two slots", () => {
  const { lines } = assemble("// a comment\nr1 = 1 ll\n\nr0 = 0; exit\n");
  const log = "0: R1=ctx(off=0,imm=0) R10=fp0\n0: (18) r1 = 0x1   ; R1_w=1\n2: (b7) r0 = 0    ; R0_w=0\n3: (95) exit\n";
  assert.deepEqual(
    parseLog(log, lines).map(({ source }) => source),
    [2, 2, 4, 4],
  );
});

test("a reason that names its instruction belongs there, not to the last one that was walked", () => {
  const { lines } = assemble("r0 = *(u32 *)(r1 + 0)\nif r0 != 0 goto -1\nexit");
  const { source } = readVerdict(LOGS.endless, lines);
  assert.equal(source, 2);
});

test("the notebook's reasons are told, also where the newline before them got lost", () => {
  const reasons = notebookReasons();
  assert.equal(reasons.length, 7);
  for (const { program, errno, line } of reasons) {
    const log = `0: R1=ctx(off=0,imm=0) R10=fp0\n${line}\nprocessed 2 insns (limit 1000000)\n`;
    const { reason, explanation } = readVerdict({ accepted: false, errno, log }, assemble(program).lines);
    assert.ok(reason && line.endsWith(reason));
    assert.notEqual(explanation, "");
  }
  const { reason } = readVerdict({ accepted: false, errno: "EINVAL", log: reasons[5].line });
  assert.equal(reason, "infinite loop detected at insn 1");
});

test("an unknown reason is shown alone", () => {
  const log = "0: (95) exit\nthe moon is full\nprocessed 1 insns (limit 1000000)\n";
  const { reason, explanation } = readVerdict({ accepted: false, errno: "EACCES", log });
  assert.deepEqual([reason, explanation], ["the moon is full", ""]);
});

test("a refusal without a log is explained by its number", () => {
  const known = { EPERM: /takes CAP_BPF and CAP_NET_ADMIN/, ENOSPC: /longer than its room/, EINVAL: /refused the call/ };
  for (const [errno, words] of Object.entries(known)) {
    const { reason, explanation, lines, source } = readVerdict({ accepted: false, errno, log: "" });
    assert.deepEqual([reason, lines, source], [null, [], null]);
    assert.match(explanation, words);
  }
});

test("the torn last line of a log that was cut is no reason", () => {
  const log = "0: (b7) r0 = 0                        ; R0_w=0\n1: (07";
  const verdict = readVerdict({ accepted: false, errno: "ENOSPC", log, cut: true });
  assert.deepEqual([verdict.reason, verdict.undecided], [null, true]);
  assert.match(verdict.explanation, /longer than its room/);
});

test("a walk that was interrupted is no refusal, and told as what it is", () => {
  const log = "0: (b7) r0 = 0                        ; R0_w=0\n1: (07) r0 += 1                       ; R0_";
  const verdict = readVerdict({ accepted: false, errno: "EAGAIN", log, cut: true });
  assert.deepEqual([verdict.reason, verdict.undecided], [null, true]);
  assert.match(verdict.explanation, /still walked.*a loop/);
});

test("a signal that came after the reason is not the reason", () => {
  const log = "0: (b7) r0 = 0                        ; R0_w=0\n1: (07\nThe sequence of 8193 jumps is too complex.\nprocessed 32773 insns\n";
  const verdict = readVerdict({ accepted: false, errno: "SIGALRM", log, cut: true });
  assert.deepEqual([verdict.errno, verdict.undecided], ["", false]);
  assert.match(verdict.explanation, /At each fork/);
  const without = readVerdict({ accepted: false, errno: "SIGALRM", log: log.slice(0, log.indexOf("\nThe")), cut: true });
  assert.deepEqual([without.errno, without.undecided], ["SIGALRM", true]);
});

test("a reason that was fetched behind a log that was cut is told", () => {
  const log =
    "0: (b7) r0 = 0                        ; R0_w=0\n1: (07\nBPF program is too large. Processed 1000001 insn\n";
  const verdict = readVerdict({ accepted: false, errno: "E2BIG", log, cut: true });
  assert.deepEqual([verdict.reason, verdict.undecided], ["BPF program is too large. Processed 1000001 insn", false]);
});

test("the number of instructions that were walked is told", () => {
  assert.equal(readVerdict(LOGS["add-42"]).processed, 3);
  assert.equal(readVerdict(LOGS["count-forever"]).processed, 1000001);
  assert.equal(readVerdict({ accepted: true, errno: "", log: "" }).processed, null);
});

test("the kernel shows each instruction of the notation as what it was written", () => {
  const { insns, errors } = assemble(NOTATION.text.join("\n"));
  assert.deepEqual(errors, []);
  assert.deepEqual(NOTATION.shown, disassemble(insns));
  assert.deepEqual(assemble(NOTATION.shown.join("\n")).insns, insns);
});

// A line of the log, what its explanation must say, and what it must not.
/** @type {[string, RegExp, RegExp][]} */
const EXPLANATIONS = [
  ["invalid variable-offset read from stack R3 var_off=(0x0; 0xf) size=1", /bounded, but.*not all of the 1 byte is/, /very large/],
  ["invalid unbounded variable-offset read from stack R3", /very large, or negative/, /bounded, but/],
  ["invalid read from stack R10 off=-8 size=8", /CAP_PERFMON/, /outside/],
  ["invalid write to stack R10 off=-520 size=8", /write lies outside/, /CAP_PERFMON/],
  ["invalid bpf_context access off=0 size=4", /This was a write/, /about/],
  ["invalid bpf_context access off=4 size=4", /4 bytes at offset 4/, /write/],
  ["unknown func bpf_get_current_task#35", /not on it: maps, clocks/, /tracing/],
  ["unknown func bpf_trace_printk#6", /built without/, /not on it/],
  ["The sequence of 8193 jumps is too complex.", /With < 1/, /$^/],
  ["At program exit the register R0 is not a known value (ctx)", /asks for a number/, /user space/],
  ["R2 pointer -= pointer prohibited", /CAP_PERFMON/, /no sum/],
  ["R2 pointer += pointer prohibited", /no sum/, /CAP_PERFMON/],
];
for (const [line, words, others] of EXPLANATIONS) {
  test(`the explanation of: ${line}`, () => {
    const { explanation } = readVerdict({ accepted: false, errno: "EACCES", log: `${line}\n` });
    assert.match(explanation, words);
    assert.doesNotMatch(explanation, others);
  });
}
