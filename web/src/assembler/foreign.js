// SPDX-License-Identifier: GPL-2.0-only
/** Texts that hold no program in a notation that is read here: what each is, and how to get one that is. */

const OBJDUMP = "paste what llvm-objdump -d shows of the object file";
const XLATED = "paste what bpftool prog dump xlated shows";

const ESCAPE = "\x1b";

/** @typedef {{line: number, message: string}} Foreign the line, the first is 1, and the sentence */

/**
 * Texts of which no line is an instruction of ours. The first pattern that fits is told.
 * @type {readonly [RegExp, string][]}
 */
const ALWAYS = [
  [/^\x7fELF/, `this is a compiled file, not a text: ${OBJDUMP}`],
  [/^.*"disasm": ?"/m, `this is bpftool's output for programs (JSON): leave out -j and -p, and ${XLATED}`],
  [/^digraph "/m, "this is a drawing for graphviz: leave out visual after bpftool prog dump xlated"],
  [
    /^(?:source_filename = |define [^\n]*@\w+\(|target triple = )/m,
    "this is LLVM's intermediate language: leave out -emit-llvm, and paste what clang -O2 -target bpf -S -o - prints",
  ],
  [
    /^(?:\(\d{3}\) (?:ldx?[hb]?|stx?|j\w+|ret|add|sub|mul|div|and|or|lsh|rsh|neg|tax|txa)\b|\{ 0x[0-9a-f]+, \d+, \d+, 0x[0-9a-f]{8} \},?$|\d{1,4}\n\d+ \d+ \d+ \d+$|[ \t]*(?:\w+:[ \t]*)?(?:ldx?[hb]?|jeq|jne|jgt|ret)[ \t]+(?:[#[]\d|#-|M\[|a$))/m,
    "this is classic BPF, the older instruction set of tcpdump: the kernel translates it into the one that is taken here, which bpftool prog dump xlated shows",
  ],
  [
    /^[ \t]*(?:[0-9a-f]+:[ \t].*|[a-z]+\d*[ \t]+\[?)%(?:r\d|fp)\b/m,
    `this is GNU's notation of BPF: ${OBJDUMP} (llvm-objdump, not objdump)`,
  ],
  [/^[ \t]*[0-9a-f]+:[ \t].*%[er]?[a-ds][ipx]\b/m, `this is the CPU's machine code, which a compiler or the JIT made: ${XLATED}`],
  [
    /^[ \t]*[0-9a-f]+:[ \t]+(?:[0-9a-f]{8}[ \t]+)?[a-z][a-z.]*[ \t]+(?:[xw]\d+|sp),/m,
    `this is the CPU's machine code, which a compiler or the JIT made: ${XLATED}`,
  ],
  [
    /^@@ -\d+(?:,\d+)? \+\d|^[+-][ \t]*\d+: (?:\([0-9a-f]{2}\) |\t)/m,
    "these are the differences between two texts (diff): paste one of them, without signs in front of its lines",
  ],
  [new RegExp(`${ESCAPE}\\[[\\d;]*m`), "this text has a terminal's colours in it: have the tool print without them, or take them out"],
  [/^[ \t]*\d+: \w+ (?:dst|src|off|imm|ins): /m, `this is the notation of the Go package ebpf: ${OBJDUMP}`],
  [
    /^(?:Contents|Hex dump) of section [^]*?\n(?:Contents|Hex dump) of section /m,
    "these are several sections: paste the program's alone, as llvm-objdump -s -j NAME shows it",
  ],
  [
    /^[0-9a-f]{6,7}(?: +[0-9a-f]{8}| +[0-9a-f]{16})+ *$/m,
    "these are words of 32 or 64 bits, whose bytes have changed places: paste what xxd or hexdump -C shows",
  ],
  [
    /^[0-9a-f]{7}(?: [0-9a-f]{4}){2,8} *$|^[0-7]{7}(?: [0-7]{6}){2,8} *$/m,
    "these are words of 16 bits, whose bytes have changed places: paste what xxd or hexdump -C shows",
  ],
  [
    /^[ \t]*(?:\w+:[ \t]*)?(?:mov|ldx|stx|lddw|add|sub|ja|jeq|jne)(?:32|64|w|dw|h|b)?[ \t]+(?:\[|r\d)/m,
    `this is the notation of user-space machines for BPF (“mov r0, 1”); the kernel's is “r0 = 1”: ${OBJDUMP}`,
  ],
];

/**
 * Texts of which some line could not be read, though others may.
 * @type {readonly [RegExp, string][]}
 */
const DAMAGED = [
  [/&(?:gt|lt|amp|quot|#\d+);/, "signs are written here as in a page's source (&gt; for >): copy the text from the page as it is shown"],
];

const C =
  /^[ \t]*#[ \t]*(?:include[ \t]*[<"]|define[ \t])|\bSEC\("|^(?:static |__\w+ )*(?:int|void|long|__?[su]\d+|unsigned int)[ \t]+\w+\([^;\n]*$/m;

/**
 * Texts of which no line could be read, or not all, and which no tool is known to print.
 * @type {readonly [RegExp, string][]}
 */
const SOURCES = [
  [
    /\bBPF_(?:STMT|JUMP)[ \t]*\(/,
    "this is classic BPF, the older instruction set: the kernel translates it into the one that is taken here, which bpftool prog dump xlated shows",
  ],
  [/\binsns=\[?\{|\bbpf\(BPF_PROG_LOAD,/, `this is what strace shows of a system call: ${XLATED}`],
  [/\.code[ \t]*=/, "these are the fields of struct bpf_insn: paste the instructions as macros (BPF_MOV64_IMM and the like), or their bytes"],
  [
    /\bb["']\\x[0-9a-f]{2}|\[\]byte\{|\[u8\b|\bbyte(?:s|array)(?:\.fromhex)?\(|^[ \t]*\[[ \t]*0x[0-9a-f]{2},/im,
    "these are bytes, as a program writes them: paste the hex digits alone, without what is around them",
  ],
  [/^[ \t{[]*0x[0-9a-f]{9,16}(?:u?ll?)?[ \t]*,?/im, "these are words of 64 bits: paste what xxd or hexdump -C shows of the program"],
  [C, "this is C: paste what clang -O2 -target bpf -S -o - makes of it"],
  [
    /\basm[ \t]+volatile\b|\b__asm__\b|^[ \t]*"[^"\n]*;(?:\\n(?:\\t)?)?[ \t]*"/m,
    "these are lines of inline assembly in C: paste what is between the quotation marks, without \\n",
  ],
  [/^R\d+ (?:!|[a-z]{2,} )/m, "this is the verifier's reason without the program: paste the lines of the log that have instructions, too"],
];

/**
 * @param {string} text
 * @param {readonly [RegExp, string][]} [kinds]
 * @returns {Foreign | undefined}
 */
export function foreign(text, kinds = ALWAYS) {
  for (const [pattern, message] of kinds) {
    const found = pattern.exec(text);
    if (found) return { line: lineAt(text, found.index), message };
  }
  return undefined;
}

/**
 * @param {string} text of which some lines could not be read
 * @param {boolean} isKnown true if a tool is known that prints such a text
 * @returns {Foreign | undefined}
 */
export function foreignSource(text, isKnown) {
  return foreign(text, isKnown ? DAMAGED : [...DAMAGED, ...SOURCES]);
}

/**
 * @param {string} text
 * @param {number} index
 * @returns {number}
 */
function lineAt(text, index) {
  return text.slice(0, index).split("\n").length;
}
