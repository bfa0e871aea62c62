// SPDX-License-Identifier: GPL-2.0-only
/** Texts that hold no program in a notation that is read here: what each is, and how to get one that is. */

const OBJDUMP = "paste what llvm-objdump -d shows of the object file";
const XLATED = "paste what bpftool prog dump xlated shows";

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

const C =
  /^[ \t]*#[ \t]*(?:include[ \t]*[<"]|define[ \t])|\bSEC\("|^(?:static |__\w+ )*(?:int|void|long|__?[su]\d+|unsigned int)[ \t]+\w+\([^;\n]*$/m;

/**
 * @param {string} text
 * @returns {Foreign | undefined}
 */
export function foreign(text) {
  for (const [pattern, message] of ALWAYS) {
    const found = pattern.exec(text);
    if (found) return { line: lineAt(text, found.index), message };
  }
  return undefined;
}

/**
 * @param {string} text of which some lines could not be read
 * @returns {Foreign | undefined}
 */
export function foreignSource(text) {
  const found = C.exec(text);
  const message = "this is C: paste what clang -O2 -target bpf -S -o - makes of it";
  return found ? { line: lineAt(text, found.index), message } : undefined;
}

/**
 * @param {string} text
 * @param {number} index
 * @returns {number}
 */
function lineAt(text, index) {
  return text.slice(0, index).split("\n").length;
}
