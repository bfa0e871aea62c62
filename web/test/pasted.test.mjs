// SPDX-License-Identifier: GPL-2.0-only
/** What tools print, as test/pasted/record.py recorded it: each text is taken, or refused by a sentence about it. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { assemble } from "../src/assembler/assembler.js";
import { disassemble } from "../src/assembler/disassemble.js";

const FOLDER = new URL("pasted/", import.meta.url);

/** The bytes of the programs, as the compiler and the linker's rule make them. @type {Record<string, string>} */
const PROGRAMS = JSON.parse(recorded("programs.json"));
const NAMES = readdirSync(FOLDER).flatMap((file) => (file.endsWith(".txt") ? [file.replace(/\.txt$/, "")] : []));

/** @param {string} file @returns {string} */
function recorded(file) {
  return readFileSync(new URL(file, FOLDER), "utf8");
}

/** @param {string} text @returns {string} */
function hex(text) {
  const { insns, errors } = assemble(text);
  assert.deepEqual(errors, []);
  return Buffer.from(insns).toString("hex");
}

/** The kernel turns what is read of a socket's buffer into a read of its own; the rest stays. @param {string} program */
function asLoaded(program) {
  return program.replace("6118000000000000", "6118700000000000");
}

/** @type {Record<string, string>} */
const TAKEN = {
  ...PROGRAMS,
  "log-level-2": PROGRAMS.accepted,
  "log-6.1-level-2": PROGRAMS.accepted,
  "xlated": asLoaded(PROGRAMS.accepted),
  "xlated-linum": asLoaded(PROGRAMS.accepted),
  "xlated-opcodes": asLoaded(PROGRAMS.accepted),
  "xlated-6.1-linum": asLoaded(PROGRAMS.accepted),
};
/** Programs with the map that the reader has to declare. */
const WITH_MAP = ["clang-19-map", "objdump-19-map-relocations"];

// What a text is, and how to get the right one.
/** @type {Record<string, RegExp>} */
const REFUSED = {
  "log-refused": /before 27 should come 20: .*never came to.*llvm-objdump -d/,
  "log-6.1-refused": /before 27 should come 20/,
  "clang-19-two": /second program begins, another, in section socket: .*paste one of them alone/,
  "objdump-19-two-relocations": /second program begins, another, in section socket/,
  "objdump-14-several": /which function this calls is not in the dump: .*llvm-objdump -dr/,
  "objdump-19-several": /which function this calls is not in the dump/,
  "objdump-14-several-no-raw": /helper bpf_map_update_elem or the function thrice: leave out --no-show-raw-insn/,
  "objdump-19-several-no-raw": /helper bpf_map_update_elem or the function thrice/,
  "objdump-19-map": /which map this is, the dump does not say: paste what llvm-objdump -dr shows/,
  "clang-19-v4": /\(s8\).*-mcpu=v3/,
  "refused-gnu-objdump": /GNU's notation.*llvm-objdump -d/,
  "refused-llvm-ir": /leave out -emit-llvm/,
  "refused-machine-code": /machine code.*xlated/,
  "refused-objdump-unknown": /--mcpu=v3/,
  "refused-hexdump-left-out": /lines are left out .*the option -v/,
  "refused-objdump-sections": /these are several sections: .*llvm-objdump -s -j NAME/,
  "refused-od-words-32": /words of 32 or 64 bits.*xxd/,
  "refused-od-words-64": /0x00 is not the code of an instruction in Linux 6.1: bytes are taken in their order/,
  "refused-xxd-bits": /bytes on this line and the text beside them differ/,
  "refused-xxd-object": /compiled file, in hex digits: paste what llvm-objdump -d shows/,
  "refused-xxd-words": /text beside them differ: .*of xxd, leave out -e/,
  "refused-od-words": /words of 16 bits.*xxd/,
  "refused-tcpdump": /classic BPF/,
  "refused-tcpdump-c": /classic BPF/,
  "refused-words": /words of 16 bits.*xxd/,
  "refused-xlated-json": /leave out -j and -p/,
  "refused-xlated-json-pretty": /leave out -j and -p/,
  "refused-xlated-visual": /leave out visual/,
};
for (const name of ["accepted", "refused", ...Object.keys(REFUSED), ...WITH_MAP]) delete TAKEN[name];

for (const [name, bytes] of Object.entries(TAKEN)) {
  test(`taken: ${name}`, () => assert.equal(hex(recorded(`${name}.txt`)), bytes));
  test(`taken with the line ends of Windows: ${name}`, () => {
    assert.equal(hex(recorded(`${name}.txt`).replaceAll("\n", "\r\n")), bytes);
  });
}

for (const [name, sentence] of Object.entries(REFUSED)) {
  test(`refused by one sentence: ${name}`, () => {
    const { errors, insns } = assemble(recorded(`${name}.txt`));
    assert.equal(errors.length, 1, JSON.stringify(errors));
    assert.match(errors[0].message, sentence);
    assert.equal(insns.length, 0);
  });
}

test("each recording is taken or refused", () => {
  assert.deepEqual([...Object.keys(TAKEN), ...WITH_MAP, ...Object.keys(REFUSED)].sort(), NAMES.sort());
});

test("a program in C is refused by one sentence, and so is a compiled file", () => {
  for (const [text, sentence] of /** @type {[string, RegExp][]} */ ([
    [recorded("probe.c"), /this is C.*clang -O2 -target bpf -S/],
    [recorded("atomics.c"), /this is C/],
    ["SEC(\"oreore\")\nint answer(__u32 *ctx) { return *ctx + 42; }", /this is C/],
    ["\x7fELF\x02\x01\x01\0\0", /compiled file.*llvm-objdump -d/],
    ["struct sock_filter f[] = {\n\tBPF_STMT(BPF_RET | BPF_K, 0),\n};", /classic BPF/],
    ["bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_XDP, insn_cnt=2, insns=[{code=BPF_ALU64}]}, 128) = 3", /strace/],
    ["{ .code = 0xb7, .dst_reg = 0, .imm = 1 },\n{ .code = 0x95 },", /fields of struct bpf_insn/],
    ['code = b"\\xb7\\x00\\x00\\x00\\x01\\x00\\x00\\x00"', /bytes, as a program writes them/],
    ["prog := []byte{0xb7, 0x00}", /bytes, as a program writes them/],
    ["0x00000001000000b7,\n0x0000000000000095,", /words of 64 bits/],
    ["   0:\tstp\tx29, x30, [sp, #-16]!\n   4:\tmov\tx29, sp", /machine code/],
    ['asm volatile (\n"r0 = 1;\\n"\n"exit;\\n"\n);', /inline assembly/],
    ["SEC(\"xdp\")\nint drop(void *ctx)\n{\n\tasm volatile (\"r0 = 1;\");\n}", /this is C/],
    ['"r0 = 1;"\n"exit;"', /inline assembly/],
    ["R0 !read_ok", /the verifier's reason without the program/],
    ["0: (15) if r1 &gt; 0x5 goto pc+0\n1: (95) exit", /as in a page's source/],
    ["@@ -1,2 +1,2 @@\n 0: (b7) r0 = 0\n-1: (b7) r0 = 1\n+1: (b7) r0 = 2", /differences between two texts/],
    ["\x1b[32m0: (b7) r0 = 1\x1b[0m\n1: (95) exit", /terminal's colours/],
    ["\tmov\t%r0,42\n\texit", /GNU's notation/],
    ["ldh [12]\njne #0x806, drop\nret #-1\ndrop: ret #0", /classic BPF/],
    ["4\n40 0 0 12\n21 0 1 2054\n6 0 0 262144\n6 0 0 0", /classic BPF/],
    ["mov r0, 0\nldxw r1, [r1+4]\nexit", /user-space machines/],
    ["0: LdXMemW dst: r0 src: r1 off: 0 imm: 0\n1: Exit", /Go package/],
  ])) {
    const { errors } = assemble(text);
    assert.equal(errors.length, 1, JSON.stringify(errors));
    assert.match(errors[0].message, sentence);
  }
});

test("the first part of a refused program's log is taken, up to where it was refused", () => {
  for (const name of ["log-refused", "log-6.1-refused"]) {
    const [start] = recorded(`${name}.txt`).split("caller:");
    assert.equal(hex(start), PROGRAMS.refused.slice(0, 14 * 16));
  }
});

// What stands before each line of a log, where it was copied from a journal, a mail or a program's own output.
for (const prefix of ["[   12.345678] ", "> ", "Nov 28 18:00:00 host seen[123]: ", "\t| ", "        ", "2026/11/28 18:00:00 "]) {
  test(`a log whose lines begin with ${JSON.stringify(prefix)}`, () => {
    const log = recorded("log-6.1-level-2.txt");
    assert.equal(hex(log.replace(/^/gm, prefix.replace("18:00:00 ", "18:00:00: "))), PROGRAMS.accepted);
  });
}

test("an instruction that was put into a dump must be one, and is not passed over", () => {
  const dump = (/** @type {string} */ line) => `<prog>:\n; return 0;\n       0:\tr0 = 0x0\n${line}\n       1:\texit`;
  assert.equal(hex(dump("r0 += 1")), hex("r0 = 0; r0 += 1; exit"));
  assert.equal(hex(dump("; r0 += 1;")), hex("r0 = 0; exit"));
  assert.equal(assemble(dump("r0 + 1")).errors[0].line, 4);
});

test("a line may be put into a dump before its functions, and no jump counted over it", () => {
  const dump = recorded("objdump-19.txt");
  const program = PROGRAMS["objdump-19"];
  const longer = program.slice(0, 26 * 16).replace("851000000d", "851000000e") + hex("w0 += 1") + program.slice(26 * 16);
  assert.equal(hex(dump.replace(/(?=^ +26:)/m, "w0 += 1\n")), longer);
  assert.match(assemble(dump.replace(/(?=^ +10:)/m, "w0 += 1\n")).errors[0].message, /counted over the line that was put in/);
});

test("a dump is known without its head, and with blanks for its tabs", () => {
  const lines = recorded("objdump-19-core-relocations.txt").split("\n").filter((line) => /^ +\d+:/.test(line));
  assert.equal(hex(lines.join("\n").replaceAll("\t", " ")), PROGRAMS["objdump-19-core-relocations"]);
});

test("what was copied in part is taken as well", () => {
  const dump = recorded("objdump-19.txt");
  const [, , program] = dump.split("Disassembly of section ");
  const alone = program.replace("call -0x1", "call 0x5").replace("85 10 00 00 ff ff ff ff", "85 00 00 00 05 00 00 00");
  assert.equal(hex(alone), PROGRAMS["objdump-19"].slice(0, 27 * 16).replace("851000000d", "8500000005"));
  assert.match(assemble(program).errors[0].message, /function that this calls is not in the dump/);
});

test("one of two programs of a section is taken alone, with the functions that it calls or without", () => {
  const [functions, both] = recorded("objdump-19-two-relocations.txt").split(/(?=Disassembly of section socket)/);
  const [first, second] = both.split(/(?=^\w+ <another>)/m);
  assert.equal(hex(functions + first), PROGRAMS["objdump-19-several-relocations"]);
  assert.equal(hex(second), hex("r0 = *(u32 *)(r1 + 0); exit"));
});

test("of functions in .text alone, none is taken for the program", () => {
  const [, text] = recorded("objdump-19-several-relocations.txt").split(/Disassembly of section [.a-z]+:/);
  const dump = assemble(`Disassembly of section .text:${text}`);
  assert.match(dump.errors.map(({ message }) => message).join(), /second function begins, thrice, and which is the program is not said/);
  const listing = recorded("clang-19-several.txt").replace(/\t\.section\tsocket.*/, "\t.text");
  assert.match(assemble(listing).errors.map(({ message }) => message).join(), /second function begins, more/);
});

test("bytes and text of a dumped line are the same instruction, or one was edited", () => {
  const dump = (/** @type {string} */ text) => `Disassembly of section a:\n\n0000000000000000 <prog>:\n       0:\tb7 00 00 00 00 00 00 00\t${text}\n       1:\t95 00 00 00 00 00 00 00\texit`;
  assert.equal(hex(dump("r0 = 0")), hex("r0 = 0; exit"));
  assert.equal(hex(dump("<unknown>")), hex("r0 = 0; exit"));
  for (const text of ["r0 = 5", "w0 = 0", "r1 = 0", "r0 = 0; r0 = 0", "call 5", "goto out"]) {
    assert.match(assemble(dump(text)).errors[0].message, /bytes on this line are another instruction than its text: delete the bytes/);
  }
  assert.match(assemble(dump("r0 = = 5")).errors[0].message, /expected a register or a number/);
});

test("a function's address, for a helper that calls it back, is not taken for a map", () => {
  const { errors } = assemble(OBJDUMP_WITH_MAP.replace("R_BPF_64_64	counts", "R_BPF_64_64	.text"));
  assert.match(errors[0].message, /address of a function, for a helper to call/);
});

test("a second program in the same text is told, not loaded behind the first", () => {
  for (const name of ["clang-19-v3", "objdump-19", "objdump-19-no-address"]) {
    const text = recorded(`${name}.txt`);
    const { errors } = assemble(text + text.replaceAll("socket", "xdp"));
    assert.match(errors.map(({ message }) => message).join(), /second program begins, in section xdp/);
  }
});

// The talk's own lines, as on its slide and in the book; and what programs in samples/bpf do.
const TALK = `struct bpf_insn insns[] = {
	// R0 = *(r1+0)
	BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_1, 0),
	// R0 += 42
	BPF_ALU32_IMM(BPF_ADD, BPF_REG_0, 42),
	// Exit
	BPF_EXIT_INSN(),
};`;

test("the talk's macros are taken", () => {
  assert.equal(hex(TALK), hex("r0 = *(u32 *)(r1 + 0); w0 += 42; exit"));
  assert.deepEqual(assemble(TALK).lines, [3, 5, 7]);
});

test("the macros of the book's programs make the bytes of the text beside them", () => {
  const header = readFileSync(new URL("../../loader/progs.h", import.meta.url), "utf8");
  const programs = [...header.matchAll(/\{ "([a-z0-9-]+)", "([^"]+)",\s*\{([^{}]+)\}/g)];
  assert.ok(programs.length >= 12);
  for (const [, name, text, macros] of programs) {
    const written = assemble(text).errors.length ? undefined : hex(text); // a few are told in words
    if (written !== undefined) assert.deepEqual([name, hex(macros)], [name, written]);
    else assert.ok(hex(macros));
  }
});

/** @type {[string, string][]} */
const MACROS = [
  ["BPF_ALU64_REG(BPF_SUB, BPF_REG_1, BPF_REG_2)", "r1 -= r2"],
  ["BPF_ALU32_REG(BPF_MUL, 3, 4)", "w3 *= w4"],
  ["BPF_MOV64_IMM(BPF_REG_2, 33 /* EDOM (33) */), /* a smile :-) */", "r2 = 33"],
  ["BPF_MOV64_IMM(BPF_REG_2, 33), // a smile :-(", "r2 = 33"],
  ["BPF_ALU64_IMM(BPF_ARSH, BPF_REG_1, 63)", "r1 s>>= 63"],
  ["BPF_ALU64_IMM(BPF_NEG, BPF_REG_1, 0)", "r1 = -r1"],
  ["BPF_MOV64_REG(BPF_REG_6, BPF_REG_FP)", "r6 = r10"],
  ["BPF_MOV32_IMM(BPF_REG_0, 0xffffffff)", "w0 = -1"],
  ["BPF_ENDIAN(BPF_TO_BE, BPF_REG_2, 16)", "r2 = be16 r2"],
  ["BPF_LD_IMM64(BPF_REG_1, 0x1122334455667788ULL)", "r1 = 0x1122334455667788 ll"],
  ["BPF_LD_ABS(BPF_B, 23)", "r0 = *(u8 *)skb[23]"],
  ["BPF_LD_IND(BPF_H, BPF_REG_7, 14)", "r0 = *(u16 *)skb[r7 + 14]"],
  ["BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_1, -8)", "*(u64 *)(r10 - 8) = r1"],
  ["BPF_ST_MEM(BPF_B, BPF_REG_10, -1, 7)", "*(u8 *)(r10 - 1) = 7"],
  ["BPF_ATOMIC_OP(BPF_W, BPF_ADD | BPF_FETCH, BPF_REG_10, BPF_REG_1, -4)", "r1 = atomic_fetch_add((u32 *)(r10 - 4), r1)"],
  ["BPF_ATOMIC_OP(BPF_DW, BPF_CMPXCHG, 10, 2, -8)", "r0 = atomic64_cmpxchg((u64 *)(r10 - 8), r0, r2)"],
  ["BPF_STX_XADD(BPF_DW, BPF_REG_0, BPF_REG_1, 0)", "lock *(u64 *)(r0 + 0) += r1"],
  ["BPF_JMP_REG(BPF_JSGT, BPF_REG_1, BPF_REG_2, -3)", "if r1 s> r2 goto -3"],
  ["BPF_JMP32_IMM(BPF_JEQ, BPF_REG_0, 0, 2)", "if w0 == 0 goto +2"],
  ["BPF_JMP_A(-1)", "goto -1"],
  ["BPF_MOV64_IMM(BPF_REG_0, 1 + 2 * 3)", "r0 = 7"],
  ["BPF_MOV64_IMM(BPF_REG_0, 1 << 4 | 1)", "r0 = 17"],
  ["BPF_MOV64_IMM(BPF_REG_0, (7 - 3) / 2 - ~1 % 3)", "r0 = 4"],
  ["BPF_MOV64_IMM(BPF_REG_0, 010)", "r0 = 8"],
  ["BPF_MOV64_IMM(BPF_REG_0, -8)", "r0 = -8"],
  ["BPF_LD_IMM64(BPF_REG_0, -1ULL)", "r0 = -1 ll"],
  ["/* BPF_MOV64_IMM(BPF_REG_0, 1),\n BPF_MOV64_IMM(BPF_REG_0, 2), */ BPF_EXIT_INSN()", "exit"],
  ['"BPF_MOV64_IMM(BPF_REG_0, 1)", { BPF_EXIT_INSN() }, .result = ACCEPT', "exit"],
  ["#include <linux/filter.h>\nint main(void)\n{\n\tstruct bpf_insn p[] = { BPF_EXIT_INSN() };\n\treturn load(p);\n}", "exit"],
  ["BPF_CALL_REL(2)", "call pc+2"],
  ["BPF_EMIT_CALL(BPF_FUNC_get_prandom_u32)", "call 7"],
  ["BPF_RAW_INSN(BPF_JMP | BPF_CALL,\n\t     0, 0, 0, BPF_FUNC_ktime_get_ns)", "call 5"],
  ["BPF_RAW_INSN(BPF_LDX | BPF_MEM | BPF_SIZE(BPF_W), BPF_REG_0, BPF_REG_1, 0, 0)", "r0 = *(u32 *)(r1 + 0)"],
];
for (const [macro, text] of MACROS) test(`the macro ${macro}`, () => assert.equal(hex(macro), hex(text)));

// The text with its mistake between « and », and what is said of it.
/** @type {[string, RegExp][]} */
const MISTAKES = [
  ["BPF_MOV64_IMM(«BPF_REG_11», 0)", /BPF_REG_11 is a name .*BPF_REG_10?/],
  ["BPF_MOV64_IMM(«11», 0)", /no register 11/],
  ["BPF_MOV64_IMM(BPF_REG_0, «limit»)", /without a value here/],
  ["BPF_MOV64_IMM(BPF_REG_0«)»", /takes 2 arguments/],
  ["BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_1, «40000»)", /16 bits/],
  ["BPF_EXIT_INSN(), «BPF_MOV65_IMM»(BPF_REG_0, 1)", /no macro BPF_MOV65_IMM: BPF_MOV64_IMM\?/],
  ["«BPF_LD_MAP_FD»(BPF_REG_1, 3), BPF_EXIT_INSN()", /no number here that could be written/],
  ["BPF_MOV64_IMM(BPF_REG_0, «08»)", /not a number in C/],
  ["BPF_LD_IMM64(BPF_REG_0, «~»0U)", /depends on the types: write the number itself/],
  ["BPF_LD_IMM64(BPF_REG_0, «-»0x80000000)", /depends on the types/],
  ["BPF_LD_IMM64(BPF_REG_0, 0xffffffff «+» 1)", /depends on the types/],
  ["BPF_LD_IMM64(BPF_REG_0, 1 «<»< 40)", /C does not say/],
  ["BPF_MOV64_IMM(BPF_REG_0, 1 «/» 0)", /C does not say/],
  ["BPF_EXIT_INSN(), «r0» += 1", /“r0” is not a macro: .*paste the array alone/],
  ["{ «PROLOGUE», BPF_EXIT_INSN() }", /“PROLOGUE” is not a macro/],
  ["{ BPF_EXIT_INSN(), «PROLOGUE» }", /“PROLOGUE” is not a macro/],
  ["{ BPF_EXIT_INSN(), }; b[] = { «BPF_EXIT_INSN»() }", /a second program begins: one is loaded at a time/],
];
for (const [marked, message] of MISTAKES) {
  test(`a mistake in macros: ${marked}`, () => {
    const [error] = assemble(marked.replace(/[«»]/g, "")).errors;
    assert.match(error.message, message);
    assert.deepEqual([error.line, error.column], [1, marked.indexOf("«") + 1]);
  });
}

// No line of such a text is lost: what is not a macro is told, and what C's preprocessor decides is, too.
/** @type {[string, number, RegExp][]} */
const AMONG_MACROS = [
  ["BPF_MOV64_IMM(BPF_REG_0, 1),\nr0 += 1\nBPF_EXIT_INSN(),", 2, /“r0” is not a macro/],
  ["r0 = 1\nBPF_EXIT_INSN(),", 1, /the kernel's notation, in a text of macros/],
  ["{ BPF_MOV64_IMM(BPF_REG_0, 1) }\nexit", 2, /the kernel's notation, in a text of macros/],
  ["#if 0\nBPF_MOV64_IMM(BPF_REG_0, 1),\n#endif\nBPF_EXIT_INSN(),", 1, /for C's preprocessor, which does not run here/],
  ["#define OUT BPF_EXIT_INSN()\nBPF_EXIT_INSN(),", 1, /for C's preprocessor/],
];
for (const [text, line, sentence] of AMONG_MACROS) {
  test(`among macros: ${JSON.stringify(text)}`, () => {
    const [error] = assemble(text).errors;
    assert.match(error.message, sentence);
    assert.equal(error.line, line);
  });
}

test("a comment with a macro in it makes no text of macros", () => {
  for (const comment of ["//", "#"]) assert.equal(hex(`r0 = 1 ${comment} BPF_MOV64_IMM(BPF_REG_0, 1)\nexit`), hex("r0 = 1; exit"));
});

/** @type {string[]} */
const HEX = [
  "61 10 00 00 00 00 00 00  04 00 00 00 2a 00 00 00  95 00 00 00 00 00 00 00",
  "6110000000000000\n040000002a000000\n9500000000000000\n",
  "61100000 00000000 04000000 2a000000 95000000 00000000",
  "61 10 00 00\n00 00 00 00 04 00 00 00 2a 00\n00 00 95 00 00 00 00 00 00 00",
  "61100000\n00000000\n04000000\n2a000000\n95000000\n00000000",
  '"\\x61\\x10\\x00\\x00\\x00\\x00\\x00\\x00"\n"\\x04\\x00\\x00\\x00\\x2a\\x00\\x00\\x00"\n"\\x95\\0\\0"'.replace(
    "\\0\\0",
    "\\x00".repeat(7),
  ),
  "static const unsigned char prog[] = {\n\t0x61, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, // load\n".replace(" // load", "") +
    "\t0x04, 0x00, 0x00, 0x00, 0x2A, 0x00, 0x00, 0x00,\n\t0x95, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,\n};",
];
for (const text of HEX) {
  test(`hex bytes: ${JSON.stringify(text.slice(0, 40))}`, () => {
    assert.equal(hex(text), hex("r0 = *(u32 *)(r1 + 0); w0 += 42; exit"));
  });
}

test("an instruction of bytes leads to the line on which it begins", () => {
  assert.deepEqual(assemble(HEX[3]).lines, [1, 2, 3]);
  assert.deepEqual(disassemble(assemble(HEX[3]).insns), ["0: (61) r0 = *(u32 *)(r1 +0)", "1: (04) w0 += 42", "2: (95) exit"]);
});

test("two columns of bytes are bytes, and not their text", () => {
  for (const text of ["b7000000  01000000\n95000000  00000000", "b700000001000000  9500000000000000"]) assert.equal(hex(text), hex("r0 = 1; exit"));
});

/** @type {[string, RegExp][]} */
const NO_PROGRAM = [
  ["7f454c46020101000000000000000000", /compiled file, in hex digits/],
  ["b7000000010000000000000000000000", /0x00 is not the code of an instruction in Linux 6.1/],
  ["85100000ffffffff9500000000000000", /which function this calls, the bytes do not say/],
  ["18010000000000000000000000000000", /which map this is, the bytes do not say/],
  ["00000000: b700 0000 0100 0000 9500 0000 0000 0000  ........a.......", /text beside them differ/],
  ["00000000: b700 0000 0100 0000\n00000020: 9500 0000 0000 0000", /address on this line does not go with the bytes before it/],
];
for (const [text, sentence] of NO_PROGRAM) {
  test(`bytes that are not a program: ${JSON.stringify(text)}`, () => {
    const { errors } = assemble(text);
    assert.equal(errors.length, 1, JSON.stringify(errors));
    assert.match(errors[0].message, sentence);
  });
}

test("each code that Linux 6.1 has may be in bytes", () => {
  for (const code of [0x18, 0x61, 0x62, 0x63, 0xc3, 0x84, 0xd4, 0xdc, 0xc7, 0x05, 0x85, 0xdd, 0x56, 0x20, 0x48]) {
    const text = `${code.toString(16).padStart(2, "0")}00000001000000`;
    assert.deepEqual(assemble(code === 0x18 ? `${text}0000000000000000` : text).errors, []);
  }
  for (const code of [0x06, 0x86, 0x96, 0xd7, 0xe5, 0x81, 0x8c, 0x8f, 0xe4]) {
    assert.match(assemble(`${code.toString(16).padStart(2, "0")}00000001000000`).errors[0].message, /not the code of an instruction/);
  }
});

test("half an instruction at the end of bytes is told", () => {
  const { errors } = assemble("95 00 00 00 00 00 00 00 61 10 00");
  assert.match(errors[0].message, /8 bytes, and the last one here has 3/);
});

// A program with a map, as two tools show it. What the map is, neither says: that line is the reader's.

const MAP = "map counts type array key 4 value 8 entries 1\n";
const OBJDUMP_WITH_MAP = `
m.o:	file format elf64-bpf

Disassembly of section oreore:

0000000000000000 <prog>:
       0:	b7 00 00 00 00 00 00 00	r0 = 0
       1:	18 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00	r1 = 0 ll
		0000000000000008:  R_BPF_64_64	counts
       3:	95 00 00 00 00 00 00 00	exit
`;
const CLANG_WITH_MAP = `
	.text
	.section	oreore,"ax",@progbits
prog:                                   # @prog
	r0 = 0
	r1 = counts ll
	exit
	.type	counts,@object                  # @counts
	.section	.maps,"aw",@progbits
counts:
	.zero	32
`;

for (const name of WITH_MAP) {
  test(`taken with a declaration of its map: ${name}`, () => {
    const { insns, references, errors } = assemble(MAP + recorded(`${name}.txt`));
    assert.deepEqual(errors, []);
    const slot = PROGRAMS[name].indexOf("1801") / 16;
    assert.deepEqual(references, [{ slot, map: 0 }]);
    assert.equal(Buffer.from(insns).toString("hex").replace("1811", "1801"), PROGRAMS[name]);
  });
}

for (const [tool, text] of Object.entries({ "llvm-objdump -dr": OBJDUMP_WITH_MAP, "clang -S": CLANG_WITH_MAP })) {
  test(`a map that ${tool} names has to be declared`, () => {
    const written = assemble(`${MAP}r0 = 0\nr1 = counts ll\nexit`);
    for (const pasted of [MAP + text, text + MAP]) {
      const { insns, references, errors } = assemble(pasted);
      assert.deepEqual([errors, insns, references], [[], written.insns, written.references]);
    }
    assert.match(assemble(text).errors[0].message, /there is no map counts: declare it, map counts type/);
  });
}

test("variables, which compilers keep in a section, are not taken for maps", () => {
  const { errors } = assemble(MAP + OBJDUMP_WITH_MAP.replace("R_BPF_64_64	counts", "R_BPF_64_64	.bss"));
  assert.match(errors[0].message, /\.bss is where variables are/);
});

test("a call leads to the function that llvm-objdump -dr names", () => {
  const named = recorded("objdump-14-relocations.txt").replace("R_BPF_64_32\t.text", "R_BPF_64_32\ttwice");
  assert.equal(hex(named), hex(recorded("objdump-14-relocations.txt")));
  const { errors } = assemble(named.replace("R_BPF_64_32\ttwice", "R_BPF_64_32\tthrice"));
  assert.match(errors[0].message, /there is no label thrice/);
});

// The book's kfunc, as its notebook shows it, as the verifier's log and bpftool do, and as clang -S does.

const NOTEBOOK = JSON.parse(readFileSync(new URL("../../notebooks/13-a-function-of-your-own.ipynb", import.meta.url), "utf8"));
const PRINTED = NOTEBOOK.cells.flatMap((/** @type {any} */ cell) => (cell.outputs ?? []).map((/** @type {any} */ { text = [] }) => text.join("")));

/** @type {Record<string, string | undefined>} */
const CALLING = {
  "llvm-objdump -dr": PRINTED.find((/** @type {string} */ text) => text.includes("R_BPF_64_32\tbpf_oreore_ppid")),
  "the verifier's log": "0: R1=ctx(off=0,imm=0) R10=fp0\n0: (85) call bpf_oreore_ppid#14210         ; R0_w=scalar()\n1: (95) exit",
  "bpftool": "   0: (85) call bpf_oreore_ppid#-1033520\n   1: (95) exit",
  "clang -S": "\t.text\n\t.section\toreore,\"ax\",@progbits\nparent:\n\tcall bpf_oreore_ppid\n\texit",
  "a reader": "call bpf_oreore_ppid; exit",
};
for (const [who, text] of Object.entries(CALLING)) {
  test(`a kfunc, as ${who} calls it, is told apart from a helper that there is not`, () => {
    const { errors } = assemble(text ?? "");
    assert.equal(errors.length, 1, JSON.stringify(errors));
    assert.match(errors[0].message, /bpf_oreore_ppid is a kfunc.*notebook 13/);
  });
}
