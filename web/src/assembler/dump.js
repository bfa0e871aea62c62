// SPDX-License-Identifier: GPL-2.0-only
/** What llvm-objdump -d shows of an object file: with or without bytes, addresses, lines of C, relocations. */
import { decode } from "../kernel/instruction.js";
import { CALL, CLASS, PSEUDO_CALL } from "./encoding.js";
import { fail } from "./operands.js";
import { FUNCTIONS, secondProgram, wholeLine } from "./sections.js";
import { beginsInstruction } from "./statements.js";
import { Diagnostic, groupsOf, tokenize } from "./tokens.js";

/** @typedef {import("./statements.js").PastedLine} PastedLine */

/** `       0:	61 10 00 00 00 00 00 00	r0 = *(u32 *)(r1 + 0x0)`, or without the bytes. */
const LINE =
  /^[ \t]*(?<index>\d+):[ \t]+(?:(?<bytes>[0-9a-f]{2}(?: [0-9a-f]{2}){7}(?:(?: [0-9a-f]{2}){8})?)[ \t]+)?(?=[^\s\d])/;
const ANY_LINE = /^ *\d+:\t/m;
/** `0000000000000010 <LBB0_2>:`, also without the address. */
const HEAD = /^(?:[0-9a-f]{16} )?<(?<name>[^<>]+)>:[ \t]*$/;
const ANY_HEAD = /^(?:[0-9a-f]{16} )?<[^<>\n]+>:[ \t]*$/m;
const SECTION = /^Disassembly of section (?<name>\S+):[ \t]*$/;
/** `		0000000000000068:  R_BPF_64_32	.text`, below the instruction that it is about. A section is no function. */
const RELOCATION = /^[ \t]*[0-9a-f]{16}:[ \t]+R_BPF_(?:64_64[ \t]+(?<map>[\w.]+)|64_32[ \t]+(?<callee>\w+))?/;
/** `r1 = 0 ll` above such a line, which says what is meant. */
const UNKNOWN_MAP = /=[ \t]*0(?:x0)? ll[ \t]*$/;
/** `; return 0;`, a line of C. */
const SOURCE_LINE = /^[ \t]*;/;
/** The compiler's own labels, within functions. */
const OWN_LABEL = /^\.?L(?:BB|tmp|\d)/;
/** `goto +0x2 <LBB0_2>`, where objdump names the place. */
const PLACE = /[ \t]<[^<>]*>[ \t]*$/;
const INSTRUCTION_WITHOUT_ADDRESS = /^\t(?!\t)/;
const UNRESOLVED = /^[ \t]*call -(?:0x)?1[ \t]*$/;
const UNKNOWN = /^[ \t]*<unknown>/;

/**
 * @param {string} text
 * @returns {boolean}
 */
export function isDump(text) {
  return ANY_LINE.test(text) || ANY_HEAD.test(text);
}

/**
 * @param {string} text all of it: a call may lead to a function that is shown before
 * @returns {(line: string, number: number) => PastedLine | null}
 */
export function dumpReader(text) {
  const functions = functionsOf(text);
  const relocations = relocationsOf(text);
  let section = "";
  let program = "";
  let told = false; // what objdump did not know
  let inside = false; // a function of the section .text, which belongs behind the program

  /**
   * @param {string} line
   * @returns {PastedLine | null}
   */
  function head(line) {
    const { name } = groupsOf(HEAD.exec(line));
    if (OWN_LABEL.test(name)) return null;
    return inside ? { text: `${name}:`, behind: true } : null;
  }

  /** @param {string} line */
  function enter(line) {
    section = groupsOf(SECTION.exec(line)).name;
    inside = section === FUNCTIONS && functions.others;
    if (inside) return;
    if (program) throw secondProgram(section, line);
    program = section;
  }

  return (line, number) => {
    if (SECTION.test(line)) return (enter(line), null);
    if (HEAD.test(line)) return head(line);
    const found = RELOCATION.test(line) ? null : LINE.exec(line);
    if (!found && !isInstruction(line)) return null;
    const before = found?.[0].length ?? 0;
    const { index, bytes } = groupsOf(found);
    const shown = " ".repeat(before) + line.slice(before).replace(PLACE, "");
    const pasted = { text: shown, index: index === undefined ? null : Number(index), behind: inside };
    const { map, callee } = relocations.get(number) ?? {};
    if (map !== undefined) return { ...pasted, text: shown.replace(UNKNOWN_MAP, `= ${map} ll`) };
    const slots = bytes ? slotsOf(bytes) : undefined;
    if (slots ? isUnresolved(slots[0]) : UNRESOLVED.test(shown))
      return { ...pasted, text: " ".repeat(before) + callOf(line, callee, functions.names) };
    if (!slots && UNKNOWN.test(shown)) {
      if (told) return null;
      told = true;
      fail("objdump did not know this instruction: give it --mcpu=v3, or leave out --no-show-raw-insn", tokenize(line)[0]);
    }
    return slots ? { ...pasted, slots } : pasted;
  };
}

/**
 * Without its number, an instruction may be one that a reader has put in.
 * @param {string} line
 * @returns {boolean}
 */
function isInstruction(line) {
  if (SOURCE_LINE.test(line) || RELOCATION.test(line)) return false;
  return INSTRUCTION_WITHOUT_ADDRESS.test(line) || beginsInstruction(line);
}

/**
 * @param {string} bytes
 * @returns {import("../kernel/instruction.js").Instruction[]}
 */
function slotsOf(bytes) {
  return decode(Uint8Array.from(bytes.split(" "), (pair) => parseInt(pair, 16)));
}

/**
 * The distance of a call to another section is left for the loader to fill in.
 * @param {import("../kernel/instruction.js").Instruction} instruction
 * @returns {boolean}
 */
function isUnresolved({ code, src, imm }) {
  return code === (CLASS.JMP | CALL) && src === PSEUDO_CALL && imm === -1;
}

/**
 * @param {string} line
 * @param {string | undefined} callee where objdump was asked for it (-r)
 * @param {string[]} names of the functions that it may be
 * @returns {string}
 */
function callOf(line, callee, names) {
  if (callee !== undefined) return `call ${callee}`;
  if (names.length === 1) return `call ${names[0]}`;
  const message = names.length
    ? "which function this calls is not in the dump"
    : "the function that this calls is not in the dump";
  throw new Diagnostic(`${message}: paste what clang -S prints, or bpftool prog dump xlated`, wholeLine(line));
}

/**
 * @param {string} text
 * @returns {Map<number, Record<string, string | undefined>>} the map or the function that the instruction on this line
 * names, where objdump was asked for it (-r)
 */
function relocationsOf(text) {
  /** @type {Map<number, Record<string, string | undefined>>} */
  const relocations = new Map();
  let instruction = 0;
  text.split("\n").forEach((line, index) => {
    const relocation = RELOCATION.exec(line);
    if (relocation) relocations.set(instruction, groupsOf(relocation));
    else if (LINE.test(line)) instruction = index + 1;
  });
  return relocations;
}

/**
 * @param {string} text
 * @returns {{names: string[], others: boolean}} the functions in .text, and whether there are other sections
 */
function functionsOf(text) {
  /** @type {string[]} */
  const names = [];
  let section = "";
  let others = false;
  for (const line of text.split("\n")) {
    section = groupsOf(SECTION.exec(line)).name ?? section;
    others ||= section !== "" && section !== FUNCTIONS;
    const { name } = groupsOf(HEAD.exec(line));
    if (section === FUNCTIONS && name !== undefined && !OWN_LABEL.test(name)) names.push(name);
  }
  return { names, others };
}
