// SPDX-License-Identifier: GPL-2.0-only
/** The explanations, held against all that the verifier can say, and against what the kernel said to pairs of programs. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { assemble } from "../src/assembler/assembler.js";
import { HELPERS } from "../src/assembler/helpers.js";
import { explain } from "../src/verifier/explanations.js";
import { parseLog, readVerdict } from "../src/verifier/verdict.js";

/** @param {string} name @returns {any} */
const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));

/** verifier_formats.py lists them from the kernel's source: each format, and the function that prints it. @type {Record<string, string>} */
const FORMATS = read("verifier_formats.json");

/**
 * Programs that the page's kernel refuses, what it says of each, and the same programs mended, which it accepts.
 * tests/kernel/test_page_states.py asks the kernel again.
 * @type {{refused: string, mended: string, least: boolean, errno: string, log: string}[]}
 */
const PAIRS = read("pairs.json");

/** What the kernel said to a program that calls each helper once. @type {Record<string, import("../src/kernel/kernel.js").Answer>} */
const CALLS = read("helper_calls.json");

const OTHER_MAPS = "it is about maps of a kind that the playground does not make, such as those with locks, timers or pointers in their values";
const NO_TYPES = "it is about types (BTF), and the playground gives the kernel none";
const NO_KFUNCS = "no function of the kernel can be called without its types (BTF)";
const OTHER_TYPES = "it is about program types other than the book's";
const TALK = "it is no reason, but what the log tells on the way";
const NOT_OFFERED = "no helper that the type offers leads there";
const AFTER = "it is a mistake of the kernel's, told after the program was found to be good";

/** Why what these functions print is not explained. @type {Record<string, string[]>} */
const NOT_EXPLAINED = {
  [TALK]: [
    ...["ltrim", "print_liveness", "print_verifier_state", "print_insn_state", "add_subprog_and_kfunc", "backtrack_insn"],
    ...["__mark_chain_precision", "__check_func_call", "prepare_func_exit", "propagate_precision", "do_check_subprogs"],
    "print_verification_stats",
  ],
  [OTHER_MAPS]: [
    ...["check_map_access_type", "__check_mem_access", "map_kptr_match_type", "check_map_kptr_access", "check_map_access"],
    ...["check_ptr_to_map_access", "process_spin_lock", "process_timer_func", "process_kptr_func", "resolve_map_arg_type"],
    ...["check_map_func_compatibility", "set_map_elem_callback_state", "do_refine_retval_range", "is_tracing_prog_type"],
    ...["resolve_pseudo_ldimm64", "check_mem_access", "may_update_sockmap"],
  ],
  [NO_TYPES]: [
    ...["check_ptr_to_btf_access", "check_ld_imm", "check_btf_func", "check_btf_line", "check_core_relo", "check_pseudo_btf_id"],
    ...["check_abnormal_return", "bpf_check"],
  ],
  [NO_KFUNCS]: ["__find_kfunc_desc_btf", "find_kfunc_desc_btf", "add_kfunc_call", "check_kfunc_call", "fixup_kfunc_call"],
  [OTHER_TYPES]: [
    ...["check_packet_access", "check_flow_keys_access", "check_sock_access", "__check_buffer_access", "check_get_func_ip"],
    ...["check_ld_abs", "check_return_code", "verbose_invalid_scalar", "check_struct_ops_btf_id", "bpf_check_attach_target"],
    "check_attach_btf_id",
  ],
  [NOT_OFFERED]: [
    ...["check_stack_read", "check_max_stack_depth_subprog", "check_helper_mem_access", "check_reg_type", "check_func_arg"],
    ...["check_func_arg_reg_off", "check_reference_leak", "check_bpf_snprintf_call", "check_helper_call", "do_check"],
  ],
  [AFTER]: [
    ...["mark_reg_known_zero", "mark_reg_unknown", "mark_reg_not_init", "bpf_patch_insn_data", "convert_ctx_accesses"],
    ...["jit_subprogs", "fixup_call_args", "do_misc_fixups"],
  ],
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
  const left = Object.entries(FORMATS).filter(([format]) => !isExplained(format));
  const known = new Set(Object.values(NOT_EXPLAINED).flat());
  assert.deepEqual(left.filter(([, owner]) => !known.has(owner)), []);
  const owners = new Set(left.map(([, owner]) => owner));
  assert.deepEqual([...known].filter((owner) => !owners.has(owner)), [], "these need no reason any more");
  assert.ok(Object.keys(FORMATS).length > 400);
});

test("no function has two reasons", () => {
  const all = Object.values(NOT_EXPLAINED).flat();
  assert.equal(new Set(all).size, all.length);
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

test("each sentence that a program can bring about has its pair", () => {
  const reasons = PAIRS.map(({ errno, log }) => readVerdict({ accepted: false, errno, log }).reason ?? "");
  const told = new Set(reasons.map((reason) => explain(reason, "EINVAL").replace(/\br?\d+\b/g, "N")));
  assert.ok(told.size > 50, String(told.size));
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
