// SPDX-License-Identifier: GPL-2.0-only
/** Instructions of BPF as they lie in memory on a little-endian machine: `struct bpf_insn` of include/uapi/linux/bpf.h. */

export const INSTRUCTION_BYTES = 8;
export const IMMEDIATE = 4; // where the constant is, in an instruction

/**
 * @typedef {object} Instruction One `struct bpf_insn`; a load of a 64-bit constant has two.
 * @property {number} code
 * @property {number} [dst] destination register
 * @property {number} [src] source register
 * @property {number} [off] signed, 16 bits
 * @property {number} [imm] 32 bits
 */

/**
 * @param {Instruction[]} instructions
 * @returns {Uint8Array}
 */
export function encode(instructions) {
  const bytes = new Uint8Array(instructions.length * INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  instructions.forEach(({ code, dst = 0, src = 0, off = 0, imm = 0 }, index) => {
    const at = index * INSTRUCTION_BYTES;
    view.setUint8(at, code);
    view.setUint8(at + 1, (src << 4) | dst);
    view.setInt16(at + 2, off, true);
    view.setInt32(at + IMMEDIATE, imm, true);
  });
  return bytes;
}

/**
 * @param {Uint8Array} bytes
 * @returns {Required<Instruction>[]} those that are complete
 */
export function decode(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / INSTRUCTION_BYTES) }, (_, index) => {
    const at = index * INSTRUCTION_BYTES;
    const registers = view.getUint8(at + 1);
    return {
      code: view.getUint8(at),
      dst: registers & 15,
      src: registers >> 4,
      off: view.getInt16(at + 2, true),
      imm: view.getInt32(at + IMMEDIATE, true),
    };
  });
}
