// SPDX-License-Identifier: GPL-2.0-only
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { assemble, MOST_CHARACTERS, MOST_ERRORS, MOST_INSTRUCTIONS } from "../src/assembler/assembler.js";
import { HELPERS } from "../src/assembler/helpers.js";
import { KFUNCS } from "../src/assembler/kfuncs.js";
import { decode } from "../src/kernel/instruction.js";
import { disassemble } from "../src/assembler/disassemble.js";

/**
 * @param {string} text
 * @returns {string}
 */
function hex(text) {
  const { insns, errors } = assemble(text);
  assert.deepEqual(errors, []);
  return Buffer.from(insns).toString("hex");
}

/**
 * @param {string} text
 * @returns {import("../src/assembler/assembler.js").SourceError}
 */
function onlyError(text) {
  const { insns, lines, errors } = assemble(text);
  assert.equal(errors.length, 1, JSON.stringify(errors));
  assert.equal(insns.length, 0);
  assert.deepEqual(lines, []);
  return errors[0];
}

test("the book's program has the 24 bytes of the notebook", () => {
  const { insns, lines } = assemble("r0 = *(u32 *)(r1 + 0)\nw0 += 42\nexit");
  assert.equal(Buffer.from(insns).toString("hex"), "6110000000000000" + "040000002a000000" + "9500000000000000");
  assert.deepEqual(lines, [1, 2, 3]);
});

test("a semicolon separates instructions", () => {
  assert.equal(hex("r0 = r1; exit"), hex("r0 = r1\nexit\n"));
  assert.deepEqual(assemble("\nr0 = 1; exit;").lines, [2, 2]);
});

// The bytes are of clang -target bpf and of the macros in include/linux/filter.h.
const KNOWN = [
  ["r0 += 1", "0700000001000000"],
  ["r0 -= r2", "1f20000000000000"],
  ["w3 *= 7", "2403000007000000"],
  ["r4 /= r5", "3f54000000000000"],
  ["r4 %= 3", "9704000003000000"],
  ["w1 |= w2", "4c21000000000000"],
  ["r1 &= 0xff", "57010000ff000000"],
  ["r1 ^= -1", "a7010000ffffffff"],
  ["r1 <<= 32", "6701000020000000"],
  ["w1 >>= w2", "7c21000000000000"],
  ["r1 s>>= 63", "c70100003f000000"],
  ["r10 = r9", "bf9a000000000000"],
  ["w9 = 0xffffffff", "b4090000ffffffff"],
  ["r9 = -2147483648", "b709000000000080"],
  ["r6 = -r6", "8706000000000000"],
  ["w6 = -w6", "8406000000000000"],
  ["r2 = be16 r2", "dc02000010000000"],
  ["r2 = le64 r2", "d402000040000000"],
  ["r1 = *(u8 *)(r10 - 1)", "71a1ffff00000000"],
  ["r1 = *(u16 *)(r2 +32767)", "6921ff7f00000000"],
  ["r1 = *(u64 *)(r2 - 32768)", "7921008000000000"],
  ["*(u64 *)(r10 -8) = r1", "7b1af8ff00000000"],
  ["*(u16 *)(r1 + 2) = -1", "6a010200ffffffff"],
  ["lock *(u64 *)(r1 + 0) += r2", "db21000000000000"],
  ["lock *(u32 *)(r1 + 4) ^= r2", "c3210400a0000000"],
  ["r2 = atomic64_fetch_add((u64 *)(r1 + 0), r2)", "db21000001000000"],
  ["r2 = atomic_xchg((u32 *)(r10 - 4), r2)", "c32afcffe1000000"],
  ["r0 = atomic64_cmpxchg((u64 *)(r1 + 8), r0, r2)", "db210800f1000000"],
  ["r1 = 0x1122334455667788 ll", "1801000088776655" + "0000000044332211"],
  ["r1 = -1 ll", "18010000ffffffff" + "00000000ffffffff"],
  ["goto +3", "0500030000000000"],
  ["goto pc-2", "0500feff00000000"],
  ["if r1 == 5 goto +3", "1501030005000000"],
  ["if w1 s> w2 goto pc-2", "6e21feff00000000"],
  ["if r1 & 0x80 goto pc+1", "4501010080000000"],
  ["if w1 != 0xffffffff goto -1", "5601ffffffffffff"],
  ["0: (55) if r1 != 0xffffffff goto pc-1", "5501ffffffffffff"], // the kernel shows -1 like this
  ["call 7", "8500000007000000"],
  ["call bpf_ktime_get_ns", "8500000005000000"],
  ["call bpf_ktime_get_ns#5", "8500000005000000"],
  ["call unknown#999", "85000000e7030000"],
  ["call pc+2", "8510000002000000"],
  ["r0 = *(u16 *)skb[12]", "280000000c000000"],
  ["r0 = *(u8 *)skb[r7 + 1]", "5070000001000000"],
  ["exit", "9500000000000000"],
];
for (const [text, bytes] of KNOWN) test(text, () => assert.equal(hex(text), bytes));

// What compilers write for the same bytes.
const ALIKE = [
  ["w0 = *(u32 *)(r1 + 0)", "r0 = *(u32 *)(r1 + 0)"],
  ["*(u16 *)(r10 - 2) = w1", "*(u16 *)(r10 - 2) = r1"],
  ["lock *(u32 *)(r10 - 4) += w1", "lock *(u32 *)(r10 - 4) += r1"],
  ["w2 = atomic_fetch_add((u32 *)(r10 - 4), w2)", "r2 = atomic_fetch_add((u32 *)(r10 - 4), r2)"],
  ["r2 = atomic_fetch_or((u64 *)(r10 - 8), r2)", "r2 = atomic64_fetch_or((u64 *)(r10 - 8), r2)"],
  ["r2 = xchg_64(r10 - 8, r2)", "r2 = atomic64_xchg((u64 *)(r10 - 8), r2)"],
  ["w0 = cmpxchg32_32(r10 - 4, w0, w2)", "r0 = atomic_cmpxchg((u32 *)(r10 - 4), r0, r2)"],
  ["r0 = w1", "w0 = w1"],
  ["call bpf_main; exit; bpf_main: exit", "call twice; exit; twice: exit"],
  ["goto .LBB0_1; .LBB0_1: exit", "goto +0; exit"],
];
for (const [one, other] of ALIKE) test(`the same as ${other}: ${one}`, () => assert.equal(hex(one), hex(other)));

test("the helpers are those of Linux 6.1", () => {
  assert.equal(HELPERS.length, 210);
  assert.equal(HELPERS.indexOf("bpf_skb_load_bytes"), 26);
  assert.equal(HELPERS.indexOf("bpf_user_ringbuf_drain"), 209);
});

test("the kfuncs are those of the book's kernel and of its module", () => {
  const folder = new URL("../../", import.meta.url);
  const patches = readdirSync(new URL("kernel-src-patches/6.1/", folder)).filter((file) => file.endsWith(".patch"));
  const sources = [...patches.map((file) => `kernel-src-patches/6.1/${file}`), "lkm/oreore_counters.c"];
  const lists = sources.flatMap((file) => [
    ...readFileSync(new URL(file, folder), "utf8").matchAll(/^\+?BTF_ID_FLAGS\(func, (\w+)/gm),
  ]);
  assert.deepEqual(lists.map(([, name]) => name).sort(), [...KFUNCS].sort());
});

test("a function of the program's own may have a kfunc's name", () => {
  assert.equal(hex("call bpf_oreore_ppid; exit; bpf_oreore_ppid: r0 = 2; exit"), hex("call pc+1; exit; r0 = 2; exit"));
});

test("comments begin with // or #, and a helper's number is none", () => {
  const text = "# at the start\n  // indented\nr0 = 1 # after\nexit// at once\ncall bpf_ktime_get_ns#5# both";
  assert.equal(hex(text), hex("r0 = 1; exit; call 5"));
});

test("labels lead forward and back, also over instructions of two slots", () => {
  const text = "again: r1 = 5 ll\nif r1 == 0 goto out\ngoto again\nout:\nexit";
  const { insns, lines } = assemble(text);
  assert.deepEqual(lines, [1, 1, 2, 3, 5]);
  assert.deepEqual(disassemble(insns), [
    "0: (18) r1 = 0x5",
    "2: (15) if r1 == 0x0 goto pc+1",
    "3: (05) goto pc-4",
    "4: (95) exit",
  ]);
});

test("a label may be called: that is a function of the program's own", () => {
  assert.equal(hex("call twice; exit; twice: r0 = 2; exit"), hex("call pc+1; exit; r0 = 2; exit"));
});

test("every instruction that the disassembler can show comes back as the same bytes", () => {
  const instructions = everyInstruction();
  assert.ok(instructions.length > 300);
  for (const bytes of instructions) {
    const [shown] = disassemble(bytes);
    const { insns, errors } = assemble(shown);
    assert.deepEqual([shown, errors], [shown, []]);
    assert.deepEqual([shown, Buffer.from(insns).toString("hex")], [shown, Buffer.from(bytes).toString("hex")]);
  }
});

/** Each code with extreme registers, offsets and constants, where the instruction has such a field. */
function everyInstruction() {
  /** @type {Uint8Array[]} */
  const all = [];
  /** @type {(code: number, dst: number, src: number, off: number, imm: number, high?: number) => void} */
  const add = (code, dst, src, off, imm, high) => {
    const bytes = Buffer.alloc(high === undefined ? 8 : 16);
    bytes.writeUInt8(code, 0);
    bytes.writeUInt8((src << 4) | dst, 1);
    bytes.writeInt16LE(off, 2);
    bytes.writeInt32LE(imm, 4);
    if (high !== undefined) bytes.writeInt32LE(high, 12);
    all.push(new Uint8Array(bytes));
  };
  const constants = [0, 1, -1, 42, 2147483647, -2147483648];
  const offsets = [0, 1, -1, 32767, -32768];
  for (const kind of [4, 7]) {
    for (let operation = 0; operation <= 0xc; operation++) {
      if (operation === 8) add(0x80 | kind, 10, 0, 0, 0);
      else {
        add((operation << 4) | 8 | kind, 9, 10, 0, 0);
        for (const imm of constants) add((operation << 4) | kind, 3, 0, 0, imm);
      }
    }
  }
  for (const bits of [16, 32, 64]) for (const order of [0xd4, 0xdc]) add(order, 5, 0, 0, bits);
  for (const width of [0x00, 0x08, 0x10, 0x18]) {
    for (const off of offsets) {
      add(0x61 | width, 1, 10, off, 0);
      add(0x63 | width, 10, 1, off, 0);
      for (const imm of constants) add(0x62 | width, 10, 0, off, imm);
    }
    for (const imm of constants) add(0x20 | width, 0, 0, 0, imm);
    add(0x40 | width, 0, 7, 0, 14);
  }
  for (const width of [0x00, 0x18]) {
    for (const what of [0x00, 0x40, 0x50, 0xa0, 0x01, 0x41, 0x51, 0xa1, 0xe1, 0xf1]) add(0xc3 | width, 10, 2, -8, what);
  }
  for (const kind of [5, 6]) {
    for (let operation = 1; operation <= 0xd; operation++) {
      if (operation === 8 || operation === 9) continue;
      for (const off of offsets) add((operation << 4) | 8 | kind, 1, 2, off, 0);
      for (const imm of constants) add((operation << 4) | kind, 1, 0, 7, imm);
    }
  }
  for (const off of offsets) add(0x05, 0, 0, off, 0);
  for (const imm of [0, 1, 209, 210, -1]) add(0x85, 0, 0, 0, imm);
  for (const imm of constants) add(0x85, 0, 1, 0, imm);
  add(0x95, 0, 0, 0, 0);
  for (const low of constants) for (const high of constants) add(0x18, 2, 0, 0, low, high);
  return all;
}

// The text with its mistake between « and », and what is said of it. Nothing between them is a place without text.
/** @type {[string, RegExp][]} */
const MISTAKES = [
  ["«r11» = 1", /no register r11: they are r0 to r10/],
  ["r1 = «w12»", /no register w12: they are w0 to w10/],
  ["«r01» = 1", /no register r01/],
  ["«R1» = 1", /small letter: r1/],
  ["r0 = «R1»", /small letter: r1/],
  ["r0 += «w1»", /differ in width: write r1/],
  ["if w1 == «r2» goto +1", /differ in width: write w2/],
  ["r0«» // comment", /expected = or .*after r0, but the line ends/],
  ["r0 «==» 1", /expected = or .*after r0/],
  ["r0 «s/=» 2", /later kernel/],
  ["r0 = «5000000000»", /does not fit into 32 bits with a sign: r0 = … ll/],
  ["r0 = «0xffffffff»", /does not fit into 32 bits/],
  ["r0 += «-2147483649»", /does not fit into 32 bits.*register first/],
  ["w0 += «4294967296»", /does not fit into 32 bits/],
  ["r0 = «18446744073709551616» ll", /does not fit into 64 bits/],
  ["r0 = «111111111111111111111111111» ll", /does not fit into 64 bits/],
  ["«w0» = 1 ll", /write r0/],
  ["r0 = «0x»", /is no number/],
  ["r0 = «12ab»", /is no number/],
  ["r0 = «lots»", /expected a register/],
  ["r0 = -«r1»", /negated in place: write r0/],
  ["r0 = be16 «r1»", /their own register: write r0/],
  ["r0 = «be8» r0", /16, 32 or 64 bits/],
  ["r0 = «(»s8)r1", /later kernel/],
  ["r0 = «bswap16» r0", /later kernel/],
  ["r1 = «map_fd» 3", /which map this is, the text does not say/],
  ["r0 = *(«u31» *)(r1 + 0)", /u8, u16, u32 or u64/],
  ["r0 = *(u32 *)(r1«)»", /needs an offset: \(r1 \+ 0\)/],
  ["r0 = *(u32 *)(r1 «+ 40000»)", /offset \+?40000 does not fit into 16 bits/],
  ["r0 = *(u32 *)(r1 «-32769»)", /offset -32769 does not fit into 16 bits/],
  ["r0 = *(u32 *)(«w1» + 0)", /write r1/],
  ["r0 = *(u32 *)«r1» + 0", /address in brackets/],
  ["«w0» = *(u64 *)(r1 + 0)", /fills the whole register: write r0/],
  ["*(u64 *)(r1 + 0) = «w2»", /write r2/],
  ["lock *(u64 *)(r1 + 0) += «w2»", /write r2/],
  ["*(u32 *)(r1 + 0) «+=» r2", /atomic.*lock/],
  ["*(u64 *)(r1 + 0) = «4294967296»", /register first/],
  ["lock *(u64 *)(r1 + 0) «-=» r2", /\+=, \|=, &= or \^=/],
  ["r2 = «atomic_fetch_sub»((u32 *)(r1 + 0), r2)", /there is no atomic_fetch_sub/],
  ["r2 = atomic64_xchg(«(»u32 *)(r1 + 0), r2)", /atomic64_ goes with u64/],
  ["«w2» = xchg_64(r1 + 0, w2)", /write r2/],
  ["r0 = cmpxchg_64(r1 + 0, «r1», r2)", /compares with r0/],
  ["r3 = atomic_xchg((u32 *)(r1 + 0), «r2»)", /same register/],
  ["r0 = atomic_cmpxchg((u32 *)(r1 + 0), «r1», r2)", /compares with r0/],
  ["r1 = «*»(u32 *)skb[0]", /goes to r0/],
  ["goto «3»", /counted from the next instruction: \+3/],
  ["goto «+32768»", /does not fit into 16 bits/],
  ["goto«» ", /\+N, -N or a label/],
  ["goto «r1»", /not to where a register says/],
  ["goto «owt»; out: exit", /no label owt: out\?/],
  ["if r1 «=» 3 goto +1", /equality is ==/],
  ["if r1 «+» 3 goto +1", /compares nothing/],
  ["if r1 == «4294967295» goto +1", /32 bits/],
  ["if r1 == «0xffffffff» goto +1", /0xffffffff does not fit into 32 bits with a sign: load it into a register first/],
  ["0: if r1 == «0xffffffff» goto +1", /does not fit into 32 bits with a sign/],
  ["*(u32 *)(r1 + 0) «constructor» 1", /expected “=”/],
  ["r1 = «addr_space_cast»(r2, 0, 1)", /arena, came with a later kernel than 6.1: the program in C asks for it/],
  ["r0 = «load_acquire»((u64 *)(r1 + 0))", /later kernel than 6.1/],
  ["«store_release»((u64 *)(r1 + 0), r2)", /later kernel than 6.1/],
  ["r2 = «subprog»[+5]", /address of a function, for a helper to call/],
  ["if r1 == 3 «+»1", /expected goto/],
  ["call «bpf_ktime_get_nss»", /no helper bpf_ktime_get_nss in Linux 6.1: bpf_ktime_get_ns\?/],
  ["call «bpf_ktime_get_ns#6»", /has the number 5, not 6/],
  ["call «ktime_get_ns»", /in full: bpf_ktime_get_ns/],
  ["call «somewhere»", /no label somewhere/],
  ["call «-»1", /expected a helper.*or pc/],
  ["call«»", /expected a helper/],
  ["a: exit; «a»: exit", /on line 1 already/],
  ["«r1»: exit", /cannot be a label/],
  ["«exot»", /no instruction: exit\?/],
  ["«+» 1", /begins with a register/],
  ["exit «exit»", /complete before this/],
  ["r0 = 1 «+» 2", /complete before this/],
  ["r0 = «é»", /means nothing here/],
  ["r0 = «😀»", /means nothing here/],
  ["r0 = «\u200b»1", /“\u200b” means nothing here/], // the page names what can't be seen
  ["r1 = «counts» ll", /no map counts: declare it, map counts type array/],
  ["call «bpf_nothing_like_this»", /no helper/],
  ["call «oreore_counter_get»", /oreore_counter_get is a kfunc.*in notebook 13/],
  ["call «bpf_oreore_ppidd»", /no helper bpf_oreore_ppidd/],
  ["«bpf_tail_call»: exit", /cannot be a label/],
  ["«»", /no instruction in the text/],
  ["«»// nothing but this", /no instruction in the text/],
];
for (const [marked, message] of MISTAKES) {
  test(`mistake: ${marked}`, () => {
    const text = marked.replace(/[«»]/g, "");
    const error = onlyError(text);
    assert.match(error.message, message);
    const start = marked.indexOf("«");
    const length = marked.indexOf("»") - start - 1;
    assert.deepEqual([error.line, error.column, error.length], [1, start + 1, Math.max(1, length)]);
  });
}

test("each line with a mistake has its own message", () => {
  const { errors } = assemble("r11 = 1\nexit\nw0 = r1");
  assert.deepEqual(
    errors.map(({ line }) => line),
    [1, 3],
  );
});

test("labels are looked for although there are other mistakes, and found on lines that have some", () => {
  const { errors } = assemble("goto out\nout: exot\ngoto nowhere");
  assert.deepEqual(
    errors.map(({ line, column }) => [line, column]),
    [
      [2, 6],
      [3, 6],
    ],
  );
});

test("Windows' ends of lines are as good as others", () => {
  assert.equal(hex("r0 = 1\r\nexit\r\n"), hex("r0 = 1\nexit"));
});

test("no more than some mistakes are listed", () => {
  assert.equal(assemble("x\n".repeat(1000)).errors.length, MOST_ERRORS);
});

test("the longest program is taken, and one instruction more is not", () => {
  assert.equal(assemble("r0 = 0\n".repeat(MOST_INSTRUCTIONS)).lines.length, MOST_INSTRUCTIONS);
  const error = onlyError("r0 = 0\n".repeat(MOST_INSTRUCTIONS + 1));
  assert.equal(error.line, MOST_INSTRUCTIONS + 1);
  assert.match(error.message, /more than 4096 instructions/);
});

test("a text of a megabyte is not even split into lines", () => {
  /** @type {any} */
  const text = Object.assign(new String("x".repeat(1 << 20)), { indexOf: assert.fail, slice: assert.fail });
  const [error] = assemble(text).errors;
  assert.match(error.message, /1048576 characters long; at most 262144/);
});

// Each would take minutes if the work grew with the square of the length.
const LONG = [" ", ";", "; ", "\n", "a:", "goto a;", "0: ", "0: (b7) ", "; R1", "r0 = -", "*", "#", "1", "a", "ll ", "BPF_EXIT_INSN(", '\\"'];
for (const piece of LONG) {
  test(`as much text as is read, of ${JSON.stringify(piece)}`, () => {
    assert.ok(assemble(piece.repeat(MOST_CHARACTERS / piece.length)).errors.length);
  });
}

test("two long names that differ are not compared letter by letter", () => {
  const name = "n".repeat(100000);
  assert.match(onlyError(`goto ${name}a\n${name}b: exit`).message, /no label/);
});

test("a log is read back, in the order of its numbers, without what was learned", () => {
  const log = [
    "func#0 @0",
    "0: R1=ctx(off=0,imm=0) R10=fp0",
    "0: (61) r0 = *(u32 *)(r1 +0)          ; R0_w=scalar(umax=4294967295,var_off=(0x0; 0xffffffff)) R1=ctx(off=0,imm=0)",
    "1: (15) if r0 == 0x0 goto pc+2        ; R0_w=scalar(umax=4294967295,var_off=(0x0; 0xffffffff))",
    "2: (18) r0 = 0x1                      ; R0_w=1",
    "4: (95) exit",
    "",
    "from 1 to 4: R0=0 R1=ctx(off=0,imm=0) R10=fp0",
    "4: (95) exit",
    "processed 5 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0",
  ].join("\n");
  const { insns, lines } = assemble(log);
  const shown = ["0: (61) r0 = *(u32 *)(r1 +0)", "1: (15) if r0 == 0x0 goto pc+2", "2: (18) r0 = 0x1", "4: (95) exit"];
  assert.deepEqual(disassemble(insns), shown);
  assert.deepEqual(lines, [3, 4, 5, 5, 6]);
});

test("a later path may come first in a log", () => {
  assert.equal(hex("1: (95) exit\n0: (b7) r0 = 0"), hex("r0 = 0; exit"));
});

test("what the verifier never came to is missed", () => {
  const error = onlyError("0: (b7) r0 = 0\n2: (95) exit");
  assert.match(error.message, /before 2 should come 1/);
  assert.equal(error.line, 2);
});

test("one number cannot be two instructions", () => {
  assert.match(onlyError("0: (b7) r0 = 0\n0: (b7) r0 = 1").message, /instruction 0 is another one on line 1/);
});

test("instructions without a number may be put between numbered ones, if these are in order", () => {
  assert.equal(hex("0: (b7) r0 = 0\nr0 += 1\n1: (95) exit"), hex("r0 = 0; r0 += 1; exit"));
  assert.match(onlyError("0: (b7) r0 = 0\n1: (95) exit\nr0 += 1\n0: (b7) r0 = 0").message, /needs its number/);
});

test("a line that was put into a log takes the place of a gap, or fills none", () => {
  const log = "0: (15) if r1 == 0x0 goto pc+2\n1: (b7) r2 = 1\n4: (b7) r0 = 1";
  assert.match(onlyError(`${log}\nr0 += 1\n5: (95) exit`).message, /before 4 should come 2/);
  assert.match(onlyError("r1 = 1\n3: (b7) r0 = 1\n4: (95) exit").message, /before 3 should come 0/);
  const replaced = log.replace("\n4", "\nr1 = 5 ll\n4");
  assert.equal(hex(`${replaced}\n5: (95) exit`), hex("if r1 == 0 goto +3; r2 = 1; r1 = 5 ll; r0 = 1; exit").replace("0300", "0200"));
});

test("a jump that is counted over a line that was put into a log is told", () => {
  for (const [log, line] of /** @type {[string, number][]} */ ([
    ["0: (15) if r1 == 0x0 goto pc+1\n1: (b7) r0 = 1\nr0 += 1\n2: (95) exit", 1],
    ["0: (b7) r0 = 1\nr0 += 1\n1: (55) if r0 != 0x5 goto pc-2\n2: (95) exit", 3],
    ["0: (85) call pc+1\nr0 += 1\n1: (95) exit\n2: (b7) r0 = 2\n3: (95) exit", 1],
  ])) {
    const error = onlyError(log);
    assert.match(error.message, /counted over the line that was put in: write a label in its place/);
    assert.equal(error.line, line);
  }
  assert.equal(hex("0: (05) goto pc+0\n1: (b7) r0 = 1\nr0 += 1\n2: (95) exit"), hex("goto +0; r0 = 1; r0 += 1; exit"));
});

// As the kernel prints them: check_ld_imm() and print_verifier_state() in kernel/bpf/verifier.c, print_bpf_insn() in disasm.c.
/** @type {[string, RegExp][]} */
const ADDRESSES = [
  ["(18) r1 = 0xffff8881041bf800       ; R1_w=map_ptr(off=0,ks=4,vs=8,imm=0)", /which map this is, the text does not say/],
  ["(18) r1 = 0x0                      ; R1_w=map_ptr(off=0,ks=4,vs=8,imm=0)", /which map this is/],
  ["(18) r6 = 0xffffc900000a1010       ; frame1: R6_w=map_value(off=16,ks=4,vs=32,imm=0)", /which map this is/],
  ["(18) r1 = 0xffff8881041bf800", /which map this is/],
  ["(18) r2 = 0x9                      ; R2_w=func(off=0,imm=0)", /address of a function, for a helper to call/],
];
for (const [line, sentence] of ADDRESSES) {
  test(`an address in a log is not taken for a number: ${line}`, () => {
    assert.match(onlyError(`0: ${line}\n2: (b7) r0 = 0\n3: (95) exit`).message, sentence);
  });
}

test("a number of 64 bits in a log is taken for what it is", () => {
  for (const learned of ["", " ; R1_w=-5", " ; R1_w=inv-5", " ; R1_w=P-5", " ; R1_w=scalar()", " ; R1=0xfffffffffffffffb"])
    assert.equal(hex(`0: (18) r1 = 0xfffffffffffffffb${learned}\n2: (95) exit`), hex("r1 = -5 ll; exit"));
});

// From print_verifier_state() in kernel/bpf/verifier.c of Linux 6.1, by reading.
for (const learned of ["refs=2", "refs=2,4", "frame1:", "frame1: cb", "frame1: refs=3 cb", "frame2: async_cb", "cb"]) {
  test(`what was learned in a log without a register: ${learned}`, () => {
    const log = `0: (b7) r0 = 1      ; ${learned}\n1: (95) exit        ; ${learned}`;
    assert.equal(hex(log), hex("r0 = 1; exit"));
  });
}

test("the sentences of a refusal are skipped in a log, and nowhere else", () => {
  assert.equal(hex("0: (95) exit\nR0 !read_ok"), hex("exit"));
  assert.match(onlyError("jump 3").message, /no instruction/);
});

// What is between the instructions of logs in public reports: C, what other verifiers say, and what tools add.
const BETWEEN = [
  "; return *ctx + 42; @ prog.c:12",
  "; exit",
  "; goto out;",
  "; r0 = 5;",
  "  ; } // end",
  "libbpf: prog 'seen': BPF program load failed: Permission denied",
  "libbpf: prog 'seen': -- BEGIN PROG LOAD LOG --",
  "-- END PROG LOAD LOG --",
  "mark_precise: frame0: last_idx 3 first_idx 0 subseq_idx -1 ",
  "mark_precise: frame0: regs=r0 stack= before 2: (b7) r0 = 10",
  "mark_precise: frame1: parent state regs= stack=:  R0=scalar() R1=ctx()",
  " R0=inv(id=0) R6=ctx(id=0,off=0,imm=0) R10=fp0,call_-1",
  "func#1 @5",
  "Validating twice() func#1...",
  "Func#1 is safe for any args that match its prototype",
  "arg#0 reference type('UNKNOWN ') size cannot be determined: -22",
  "int seen(struct __sk_buff * skb):",
  "bpf: Failed to load program: Permission denied",
  "R1 32-bit pointer arithmetic prohibited",
  "call to invalid destination",
  "$ sudo ./seen",
];
for (const line of BETWEEN) {
  test(`between the instructions of a log, no instruction: ${line}`, () => {
    const text = ["0: (b7) r0 = 1                        ; R0_w=1 refs=2", line, "1: (95) exit", line].join("\n");
    assert.equal(hex(text), hex("r0 = 1; exit"));
  });
}

test("an instruction that was put into a log must be one, and is not passed over", () => {
  const log = (/** @type {string} */ line) => `0: (b7) r0 = 0\n; return 0;\n${line}\n1: (95) exit`;
  for (const line of ["r0 += 1", "again:", "*(u32 *)(r10 - 4) = r0"]) {
    assert.equal(hex(log(line)), hex(`r0 = 0; ${line}\nexit`));
  }
  for (const line of ["r0 + 1", "exot", "R0 += 1", "cal 7", "*(u31 *)(r10 - 4) = r0"]) {
    assert.deepEqual([line, onlyError(log(line)).line], [line, 3]);
  }
});

test("what llvm-objdump shows is read back", () => {
  const dump = [
    "prog.o:\tfile format elf64-bpf",
    "",
    "Disassembly of section oreore:",
    "",
    "0000000000000000 <prog>:",
    "; return 0;",
    "       0:\t18 02 00 00 05 00 00 00 00 00 00 00 00 00 00 00\tr2 = 0x5 ll",
    "       2:\t61 10 00 00 00 00 00 00\tr0 = *(u32 *)(r1 + 0x0)",
    "       3:\t15 00 01 00 00 00 00 00\tif r0 == 0x0 goto +0x1 <LBB0_2>",
    "       4:\t04 00 00 00 2a 00 00 00\tw0 += 0x2a",
    "",
    "0000000000000028 <LBB0_2>:",
    "       5:\t95 00 00 00 00 00 00 00\texit",
  ].join("\n");
  assert.equal(hex(dump), hex("r2 = 5 ll; r0 = *(u32 *)(r1 + 0); if r0 == 0 goto +1; w0 += 42; exit"));
});

test("the distance that bpftool shows with a helper is not taken for its number", () => {
  assert.equal(hex("   0: (85) call bpf_ktime_get_ns#456176\n   1: (95) exit"), hex("call 5; exit"));
  assert.equal(hex("call bpf_ktime_get_ns#-8812"), hex("call 5"));
});

// Maps

/** @param {string} text */
function withMaps(text) {
  const { insns, lines, maps, references, errors } = assemble(text);
  assert.deepEqual(errors, []);
  return { insns: decode(insns), lines, maps, references };
}

test("a map is declared in a line, and its descriptor goes into the instructions that name it", () => {
  const program = "map a type array key 4 value 8 entries 1\nr1 = b ll; r2 = 0\nr3 = a ll\nexit\nmap b type queue value 4 max_entries 3";
  const { insns, lines, maps, references } = withMaps(program);
  assert.deepEqual(maps, [
    { name: "a", type: "array", number: 2, key: 4, value: 8, entries: 1, line: 1 },
    { name: "b", type: "queue", number: 22, key: 0, value: 4, entries: 3, line: 5 },
  ]);
  assert.deepEqual(references, [
    { slot: 0, map: 1 },
    { slot: 3, map: 0 },
  ]);
  assert.deepEqual(insns[0], { code: 0x18, dst: 1, src: 1, off: 0, imm: 0 });
  assert.deepEqual(insns[3], { code: 0x18, dst: 3, src: 1, off: 0, imm: 0 });
  assert.deepEqual(lines, [2, 2, 2, 3, 3, 4]);
});

test("a map's type has bpftool's name or the kernel's, and its sizes have any order", () => {
  const written = "map m entries 0x10 value 8 type BPF_MAP_TYPE_LRU_HASH key 4; exit";
  assert.deepEqual(withMaps(written).maps, withMaps("map m type lru_hash key 4 value 8 entries 16\nexit").maps);
});

test("jumps are counted as if declarations were not there", () => {
  const { insns } = withMaps("goto out\nmap m type array key 4 value 4 entries 1\nr0 = 0\nout: exit");
  assert.equal(insns[0].off, 1);
});

test("names that look like a declaration or a map are still what they were", () => {
  assert.equal(withMaps("goto map; map: exit").insns[0].off, 0);
});

test("a program that was pasted from a log gets its maps back, by lines of the reader's own", () => {
  const log = "map m type array key 4 value 4 entries 1\n0: (b7) r0 = 0\nr1 = m ll\n3: (95) exit";
  const { insns, references } = withMaps(log.replace("\nr1", "\n1: (18) r1"));
  assert.deepEqual([insns.length, references], [4, [{ slot: 1, map: 0 }]]);
});

test("the types have the kernel's numbers, whichever name they have", () => {
  const header = { hash: 1, array: 2, percpu_hash: 5, percpu_array: 6, lru_hash: 9 }; // enum bpf_map_type
  for (const [type, number] of Object.entries(header)) {
    for (const name of [type, `BPF_MAP_TYPE_${type.toUpperCase()}`])
      assert.equal(withMaps(`map m type ${name} key 4 value 8 entries 2\nexit`).maps[0].number, number);
  }
});

const ARRAY = "type array key 4 value 4 entries 1";
// The place of the mistake, on the last line, is between « and ».
/** @type {[string, RegExp][]} */
const MAP_MISTAKES = [
  [`map counts ${ARRAY}\nr1 = «count» ll; exit`, /no map count: counts\?/],
  [`map counts ${ARRAY}\nr1 = «other» ll; exit`, /no map other: declare it, map counts type/],
  [`map counts ${ARRAY}\nexit\n«map» counts ${ARRAY}`, /map counts is declared on line 1 already/],
  [`map m ${ARRAY}\n«w1» = m ll; exit`, /fills the whole register: write r1/],
  ["exit; map «r1» type array key 4 value 4 entries 1", /r1 has a meaning already/],
  ["exit; map «», type array", /expected the map's name/],
  ["exit; «map» m key 4 value 4 entries 1", /the type is missing/],
  ["exit; map m type «arrray» key 4 value 4 entries 1", /one of array, percpu_array, hash, lru_hash, percpu_hash, queue, stack, ringbuf/],
  ["exit; map m type «BPF_MAP_TYPE_XSKMAP» key 4 value 4 entries 1", /one of array, percpu_array, hash/],
  ["exit; map m type array «keys» 4 value 4 entries 1", /says nothing about a map: key\?/],
  ["exit; map a «toString» 4 type hash key 4 value 4 entries 4", /says nothing about a map/],
  ["exit; map m type array key 4 «name» 4", /says nothing about a map: there are type, key, value, entries/],
  ["exit; map m type array key 4 value 4 entries 1 «max_entries» 2", /entries is there twice/],
  ["exit; map m type array key «value» 4 entries 1", /expected a number after key/],
  ["exit; map m type array key 4 value 4 entries «-1»", /without a sign/],
  ["exit; map m type array key 4 value 4 entries 1«,»", /the declaration is complete before this/],
  ["r1 = m ll; exit; map m type array key «8» value 4 entries 1", /an index of 4 bytes: key 4/],
  ["exit; «map» m type array value 4 entries 1", /an index of 4 bytes: key 4/],
  ["exit; map m type hash key «0» value 4 entries 1", /a key has at least 1 byte/],
  ["exit; map m type queue key «4» value 4 entries 1", /a queue has no keys: leave key out/],
  ["exit; map m type ringbuf key «4» entries 4096", /a ring buffer has no keys/],
  ["exit; map m type ringbuf value «4» entries 4096", /leave value out/],
  ["exit; map m type ringbuf entries «5000»", /a power of two, at least 4096/],
  ["exit; map m type ringbuf entries «2048»", /a power of two, at least 4096/],
  ["exit; map m type array key 4 value «0» entries 1", /at least 1 byte: value 4/],
  ["exit; map m type percpu_array key «8» value 4 entries 1", /an index of 4 bytes: key 4/],
  ["exit; map m type percpu_hash key «0» value 4 entries 1", /a key has at least 1 byte/],
  ["exit; map m type percpu_array key 4 value «32769» entries 1", /for each processor has at most 32768 bytes/],
  ["exit; map m type percpu_array key 4 value 32768 entries «32»", /this page's machine/],
  ["exit; map m type array key 4 value 4 entries «0»", /at least 1 entry/],
  ["exit; map m type array key 4 value 4 entries «4097»", /reads no more than 4096 entries/],
  ["exit; map m type array key 4 value 1000 entries «2000»", /takes 2000000 bytes, and this page's machine has 1048576/],
  ["exit; map m type ringbuf entries «2097152»", /takes 2097152 bytes/],
  [`map a type ringbuf entries 1048576\nexit\n«map» m ${ARRAY}`, /with this map they take 1048580 bytes/],
  ["«.map» counts type array key 4", /declared without a dot: map counts/],
];
for (const [marked, message] of MAP_MISTAKES) {
  test(`mistake in a map: ${marked}`, () => {
    const error = onlyError(marked.replace(/[«»]/g, ""));
    assert.match(error.message, message);
    const line = marked.split("\n").findIndex((text) => text.includes("«")) + 1;
    const place = marked.split("\n")[line - 1];
    const start = place.indexOf("«");
    assert.deepEqual([error.line, error.column, error.length], [line, start + 1, Math.max(1, place.indexOf("»") - start - 1)]);
  });
}

test("a map with a mistake is known by its name", () => {
  const { errors } = assemble("map counts type arry key 4 value 4 entries 1\nr1 = conts ll\nexit");
  assert.deepEqual(
    errors.map(({ line, message }) => [line, message.replace(/.*: /, "")]),
    [
      [1, "a map's type is one of array, percpu_array, hash, lru_hash, percpu_hash, queue, stack, ringbuf"],
      [2, "counts?"],
    ],
  );
});

test("there may be as many maps as a program can use, and no more", () => {
  const maps = Array.from({ length: 65 }, (_, index) => `map m${index} ${ARRAY}`);
  assert.equal(withMaps([...maps.slice(1), "exit"].join("\n")).maps.length, 64);
  assert.match(onlyError([...maps, "exit"].join("\n")).message, /this is map 65, and a program uses at most 64/);
});
