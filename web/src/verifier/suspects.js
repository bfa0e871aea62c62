// SPDX-License-Identifier: GPL-2.0-only
/**
 * Before it walks a program, and after, the verifier looks at instructions one by one, and tells what is wrong without
 * saying where. Which is the first instruction that it can mean?
 */

import { decode } from "../kernel/instruction.js";

const HELPER_CALL = 0x85;
const WIDE = 0x18;
const PSEUDO_CALL = 1;
const KFUNC_CALL = 2;
const MAP = 1;
const LAST_PSEUDO = 6; // of those that a wide constant's source register may name

/** @typedef {Required<import("../kernel/instruction.js").Instruction>} Instruction */
/** @typedef {(found: RegExpExecArray) => (insn: Instruction, index: number, all: Instruction[]) => boolean} Suspicion */

/** @type {readonly [RegExp, Suspicion][]} */
const SUSPICIONS = [
  [/^unknown opcode ([0-9a-f]+)/, ([, code]) => (insn) => insn.code === parseInt(code, 16)],
  [/^kernel subsystem misconfigured func \S+#(\d+)/, ([, number]) => (insn) => isCall(insn, 0, Number(number))],
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
  return insn.code === HELPER_CALL && insn.src === kind && insn.imm === imm;
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
function isOutside({ imm }, index, all) {
  const target = index + imm + 1;
  return target < 0 || target >= all.length;
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
