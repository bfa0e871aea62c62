// SPDX-License-Identifier: GPL-2.0-only
/**
 * The bits of BPF instructions, as in include/uapi/linux/bpf.h and bpf_common.h. An operation's code is a class (the
 * lowest three bits) or-ed with what that class needs.
 */

export const CLASS = Object.freeze({ LD: 0, LDX: 1, ST: 2, STX: 3, ALU: 4, JMP: 5, JMP32: 6, ALU64: 7 });
export const MODE = Object.freeze({ IMM: 0x00, ABS: 0x20, IND: 0x40, MEM: 0x60, ATOMIC: 0xc0 });
/** @type {Readonly<Record<string, number>>} */
export const SIZE = Object.freeze({ u32: 0x00, u16: 0x08, u8: 0x10, u64: 0x18 });

/** The second operand: a constant, or a register. */
export const SOURCE = Object.freeze({ CONSTANT: 0x00, REGISTER: 0x08 });

/**
 * Arithmetic by its sign in the notation.
 * @type {Readonly<Record<string, number>>}
 */
export const ALU = Object.freeze({
  "+=": 0x00,
  "-=": 0x10,
  "*=": 0x20,
  "/=": 0x30,
  "|=": 0x40,
  "&=": 0x50,
  "<<=": 0x60,
  ">>=": 0x70,
  "%=": 0x90,
  "^=": 0xa0,
  "=": 0xb0,
  "s>>=": 0xc0,
});
export const NEGATE = 0x80;
export const TO_LITTLE_ENDIAN = 0xd0;
export const TO_BIG_ENDIAN = 0xd8;

/**
 * Comparisons by their sign in the notation; `&` jumps if any of the bits is set.
 * @type {Readonly<Record<string, number>>}
 */
export const COMPARE = Object.freeze({
  "==": 0x10,
  ">": 0x20,
  ">=": 0x30,
  "&": 0x40,
  "!=": 0x50,
  "s>": 0x60,
  "s>=": 0x70,
  "<": 0xa0,
  "<=": 0xb0,
  "s<": 0xc0,
  "s<=": 0xd0,
});
export const GOTO = 0x00;
export const CALL = 0x80;
export const EXIT = 0x90;

/** A load of a 64-bit constant, which has the room of two instructions. */
export const TWO_SLOTS = CLASS.LD | MODE.IMM | SIZE.u64;

/**
 * @param {{code: number}} instruction
 * @returns {boolean} true if it calls a helper, or a function of the program's own or of the kernel
 */
export function isCall({ code }) {
  return code === (CLASS.JMP | CALL);
}

/** In the source register's place of a call: the target is another part of the program, and no helper. */
export const PSEUDO_CALL = 1;

/** In the same place of a load of a 64-bit constant: it is a map, by its file descriptor. */
export const PSEUDO_MAP = 1;

/**
 * What an atomic operation does is in its constant.
 * @type {Readonly<Record<string, number>>}
 */
export const ATOMIC = Object.freeze({ "+=": 0x00, "|=": 0x40, "&=": 0x50, "^=": 0xa0 });
export const FETCH = 0x01;
/** @type {Readonly<Record<string, number>>} */
export const FETCHING = Object.freeze({
  fetch_add: 0x00 | FETCH,
  fetch_or: 0x40 | FETCH,
  fetch_and: 0x50 | FETCH,
  fetch_xor: 0xa0 | FETCH,
  xchg: 0xe0 | FETCH,
  cmpxchg: 0xf0 | FETCH,
});
