// SPDX-License-Identifier: GPL-2.0-only
/** What the verifier has made of a program, beside what was written. */
import { decode, IMMEDIATE, INSTRUCTION_BYTES } from "../kernel/instruction.js";
import { disassemble } from "./disassemble.js";
import { CALL, CLASS, PSEUDO_MAP, TWO_SLOTS } from "./encoding.js";

const HELPER = 0; // the source register of a call; others call functions of the program or the kernel
const REMOVED = -1; // no helper's number

/** @typedef {{text: string, own: boolean}} Translated an instruction; `own`: it was written like this */

/**
 * @param {Uint8Array} insns as the kernel gives them back
 * @param {Uint8Array} written as they were loaded
 * @returns {Translated[]}
 */
export function translated(insns, written) {
  const now = decode(insns);
  const own = new Set(disassemble(written).map(withoutNumber));
  return disassemble(withHelpers(insns, written)).map((text) => {
    const { code, dst, src, imm } = now[parseInt(text, 10)];
    if (code === TWO_SLOTS && src === PSEUDO_MAP) return { text: text.replace(/\) .*/, `) r${dst} = map[id:${imm}]`), own: true };
    return { text, own: own.has(withoutNumber(text)) };
  });
}

/**
 * In place of a helper's number the kernel gives how far away its function is. The calls keep their order; so if none was
 * removed, the numbers can be put back.
 * @param {Uint8Array} insns
 * @param {Uint8Array} written
 * @returns {Uint8Array}
 */
function withHelpers(insns, written) {
  const [now, before] = [helperCalls(insns), helperCalls(written)];
  const bytes = Uint8Array.from(insns);
  const view = new DataView(bytes.buffer);
  now.forEach(({ slot }, index) => {
    const number = now.length === before.length ? before[index].imm : REMOVED;
    view.setInt32(slot * INSTRUCTION_BYTES + IMMEDIATE, number, true);
  });
  return bytes;
}

/** @param {Uint8Array} insns */
function helperCalls(insns) {
  const slots = decode(insns).map(({ code, src, imm }, slot) => ({ code, src, imm, slot }));
  return slots.filter(({ code, src }) => code === (CLASS.JMP | CALL) && src === HELPER);
}

/** @param {string} text such as `0: (b7) r0 = 1` @returns {string} */
function withoutNumber(text) {
  return text.slice(text.indexOf(":"));
}
