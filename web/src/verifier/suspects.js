// SPDX-License-Identifier: GPL-2.0-only
/**
 * Before it walks a program, and after, the verifier looks at instructions one by one, and tells what is wrong without
 * saying where. Which is the first instruction that it can mean?
 */

import { decode } from "../kernel/instruction.js";

const CALL = 0x85;
const EXIT = 0x95;
const GOTO = 0x05;
const WIDE = 0x18;
const PSEUDO_CALL = 1;
const PSEUDO_FUNCTION = 4; // of a wide constant: the address of a function of the program's own
const KFUNC_CALL = 2;
const MAP = 1;
const LAST_PSEUDO = 6; // of those that a wide constant's source register may name

/** @typedef {Required<import("../kernel/instruction.js").Instruction>} Instruction */
/** @typedef {(found: RegExpExecArray) => (insn: Instruction, index: number, all: Instruction[]) => boolean} Suspicion */

/** @type {readonly [RegExp, Suspicion][]} */
const SUSPICIONS = [
  [/^unknown opcode ([0-9a-f]+)/, ([, code]) => (insn) => insn.code === parseInt(code, 16)],
  [/^kernel subsystem misconfigured func \S+#(\d+)/, ([, number]) => (insn) => isCall(insn, 0, Number(number))],
  [/^last insn is not an exit or jmp/, () => (insn, index, all) => !leaves(insn) && isLast(index, all)],
  [/^call to invalid destination/, () => (insn, index, all) => isCall(insn, PSEUDO_CALL) && isOutside(insn, index, all)],
  [/^calling kernel function is not|^JIT .* calling kernel function/, () => (insn) => isCall(insn, KFUNC_CALL)],
  [/^BPF_LDX uses reserved fields/, () => ({ code, imm }) => (code & 7) === 1 && imm !== 0],
  [/^fd (-?\d+) is not pointing/, ([, fd]) => ({ code, src, imm }) => code === WIDE && src === MAP && imm === Number(fd)],
  [/^invalid bpf_ld_imm64 insn/, () => (insn, index, all) => insn.code === WIDE && !isUpperHalf(all[index + 1])],
  [/^unrecognized bpf_ld_imm64 insn/, () => ({ code, src }) => code === WIDE && src > LAST_PSEUDO],
  [/^(?:kernel is missing BTF|fd_idx without|missing btf func_info)/, () => ({ code, src }) => code === WIDE && src !== 0],
];

/**
 * @param {Instruction} insn
 * @param {number} kind
 * @param {number} [imm]
 * @returns {boolean}
 */
function isCall(insn, kind, imm = insn.imm) {
  return insn.code === CALL && insn.src === kind && insn.imm === imm;
}

/**
 * @param {Instruction | undefined} insn
 * @returns {boolean}
 */
function isUpperHalf(insn) {
  return insn !== undefined && insn.code === 0 && insn.src === 0 && insn.off === 0;
}

/**
 * @param {Instruction} insn
 * @param {number} index
 * @param {Instruction[]} all
 * @returns {boolean}
 */
function isOutside(insn, index, all) {
  const target = targetOf(insn, index);
  return target < 0 || target >= all.length;
}

/**
 * @param {Instruction} insn that names a function of the program's own
 * @param {number} index
 * @returns {number}
 */
function targetOf({ imm }, index) {
  return index + imm + 1;
}

/**
 * @param {Instruction} insn
 * @returns {boolean} whether nothing runs on from it into the next one
 */
function leaves({ code }) {
  return code === EXIT || code === GOTO;
}

/**
 * @param {number} index
 * @param {Instruction[]} all
 * @returns {boolean} whether a function ends here: the program itself, or one before the beginning of another
 */
function isLast(index, all) {
  const next = index + 1;
  return next === all.length || all.some((insn, at) => namesFunction(insn) && targetOf(insn, at) === next);
}

/**
 * @param {Instruction} insn
 * @returns {boolean}
 */
function namesFunction(insn) {
  return isCall(insn, PSEUDO_CALL) || (insn.code === WIDE && insn.src === PSEUDO_FUNCTION);
}

/**
 * @param {string} reason
 * @param {Uint8Array} insns
 * @returns {number | undefined} the number of an instruction
 */
export function suspect(reason, insns) {
  for (const [pattern, suspicion] of SUSPICIONS) {
    const found = pattern.exec(reason);
    if (!found) continue;
    const index = decode(insns).findIndex(suspicion(found));
    return index < 0 ? undefined : index;
  }
  return undefined;
}
