// SPDX-License-Identifier: GPL-2.0-only
/**
 * print_bpf_insn() of kernel/bpf/disasm.c (Linux 6.1) in JavaScript. Written from the C, with its own tables: it shares
 * nothing with the assembler but the helpers' names and where an instruction's fields lie, so that tests can go the
 * assembler's way back.
 */
import { decode } from "../kernel/instruction.js";
import { HELPERS } from "./helpers.js";

const ALU = ["+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "neg", "%=", "^=", "=", "s>>=", "endian"];
const JUMP = ["jmp", "==", ">", ">=", "&", "!=", "s>", "s>=", "call", "exit", "<", "<=", "s<", "s<="];
const WIDTH = ["u32", "u16", "u8", "u64"];
/** @type {Record<number, string>} */
const ATOMIC = { 0x00: "+=", 0x40: "|=", 0x50: "&=", 0xa0: "^=" };
/** @type {Record<number, string>} */
const FETCHING = { 0x01: "fetch_add", 0x41: "fetch_or", 0x51: "fetch_and", 0xa1: "fetch_xor", 0xe1: "xchg" };

/** @typedef {Required<import("../kernel/instruction.js").Instruction>} Fields */

/** @param {number} number */
const signed = (number) => (number < 0 ? `${number}` : `+${number}`);

/**
 * @param {Fields} insn
 * @returns {string}
 */
function arithmetic({ code, dst, src, imm }) {
  const file = (code & 7) === 4 ? "w" : "r";
  const operation = code >> 4;
  if (operation === 0xd) return `r${dst} = ${code & 8 ? "be" : "le"}${imm} r${dst}`;
  if (operation === 0x8) return `${file}${dst} = -${file}${dst}`;
  return `${file}${dst} ${ALU[operation]} ${code & 8 ? `${file}${src}` : imm}`;
}

/**
 * @param {Fields} insn
 * @returns {string}
 */
function atomic({ code, dst, src, off, imm }) {
  const width = WIDTH[(code >> 3) & 3];
  const place = `${width} *)(r${dst} ${signed(off)})`;
  const long = width === "u64" ? "64" : "";
  if (imm in ATOMIC) return `lock *(${place} ${ATOMIC[imm]} r${src}`;
  if (imm === 0xf1) return `r0 = atomic${long}_cmpxchg((${place}, r0, r${src})`;
  return `r${src} = atomic${long}_${FETCHING[imm]}((${place}, r${src})`;
}

/**
 * @param {Fields} insn
 * @returns {string}
 */
function jump(insn) {
  const { code, dst, src, off, imm } = insn;
  const file = (code & 7) === 6 ? "w" : "r";
  const operation = JUMP[code >> 4];
  if (operation === "exit") return "exit";
  if (operation === "jmp") return `goto pc${signed(off)}`;
  if (operation === "call") return src === 1 ? `call pc${signed(imm)}` : `call ${HELPERS[imm] ?? "unknown"}#${imm}`;
  const right = code & 8 ? `${file}${src}` : `0x${(imm >>> 0).toString(16)}`;
  return `if ${file}${dst} ${operation} ${right} goto pc${signed(off)}`;
}

/**
 * @param {Fields} insn
 * @param {Fields} high the second half
 * @returns {string}
 */
function wide({ dst, imm }, high) {
  const value = (BigInt(high.imm >>> 0) << 32n) | BigInt(imm >>> 0);
  return `r${dst} = 0x${value.toString(16)}`;
}

/**
 * @param {Fields} insn
 * @param {Fields | undefined} next of an instruction with two halves
 * @returns {string}
 */
function text(insn, next) {
  const { code, dst, src, off, imm } = insn;
  const place = (/** @type {number} */ base) => `*(${WIDTH[(code >> 3) & 3]} *)(r${base} ${signed(off)})`;
  switch (code & 7) {
    case 0:
      if (code >> 5 === 1) return `r0 = *(${WIDTH[(code >> 3) & 3]} *)skb[${imm}]`;
      if (code >> 5 === 2) return `r0 = *(${WIDTH[(code >> 3) & 3]} *)skb[r${src} + ${imm}]`;
      return next ? wide(insn, next) : "half an instruction";
    case 1:
      return `r${dst} = ${place(src)}`;
    case 2:
      return code >> 5 === 6 ? "nospec" : `${place(dst)} = ${imm}`; // 6: BPF_NOSPEC, which only the verifier writes
    case 3:
      return code >> 5 === 6 ? atomic(insn) : `${place(dst)} = r${src}`;
    case 4:
    case 7:
      return arithmetic(insn);
    default:
      return jump(insn);
  }
}

/**
 * @param {Uint8Array} bytes
 * @returns {string[]} an instruction each, as in a verifier's log: `0: (b7) r0 = 1`
 */
export function disassemble(bytes) {
  const said = [];
  const insns = decode(bytes);
  for (let slot = 0; slot < insns.length; slot++) {
    const insn = insns[slot];
    const next = insn.code === 0x18 ? insns[slot + 1] : undefined;
    said.push(`${slot}: (${insn.code.toString(16).padStart(2, "0")}) ${text(insn, next)}`);
    if (next) slot++;
  }
  return said;
}
