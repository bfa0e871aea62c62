// SPDX-License-Identifier: GPL-2.0-only
/** What llvm-objdump -d shows of an object file: with or without bytes, addresses, lines of C, relocations. */
import { decode } from "../kernel/instruction.js";
import { CLASS, isCall, MODE, PSEUDO_CALL, SIZE, TWO_SLOTS } from "./encoding.js";
import { HELPERS } from "./helpers.js";
import { fail } from "./operands.js";
import { CALLBACK, FUNCTIONS, secondFunction, secondProgram, wholeLine } from "./sections.js";
import { beginsInstruction, parse } from "./statements.js";
import { Diagnostic, groupsOf, tokenize } from "./tokens.js";

/** @typedef {import("../kernel/instruction.js").Instruction} Instruction */
/** @typedef {import("./statements.js").PastedLine} PastedLine */

/** `       0:	61 10 00 00 00 00 00 00	r0 = *(u32 *)(r1 + 0x0)`, or without the bytes. */
const LINE =
  /^[ \t]*(?<index>\d+):[ \t]+(?:(?<bytes>[0-9a-f]{2}(?: [0-9a-f]{2}){7}(?:(?: [0-9a-f]{2}){8})?)[ \t]+)?(?=[^\s\d])/;
const ANY_LINE = /^ *\d+:(?:\t|[ \t]+[0-9a-f]{2}(?: [0-9a-f]{2}){7}[ \t]+\S)/m;
/** `0000000000000010 <LBB0_2>:`, also without the address. */
const HEAD = /^(?:(?<address>[0-9a-f]{16}) )?<(?<name>[^<>]+)>:[ \t]*$/;
const ANY_HEAD = /^(?:[0-9a-f]{16} )?<[^<>\n]+>:[ \t]*$/m;
const SECTION = /^Disassembly of section (?<name>\S+):[ \t]*$/;
/**
 * `		0000000000000068:  R_BPF_64_32	.text`, below the instruction that it is about. What begins with CO-RE is about an
 * offset that loaders adapt to the kernel's types; the instruction above has the compiler's.
 */
const RELOCATION = /^[ \t]*[0-9a-f]{16}:[ \t]+(?:CO-RE |R_BPF_)(?:64_64[ \t]+(?<map>[\w.]+)|64_32[ \t]+(?<callee>[\w.]+))?/;
/** `r1 = 0 ll` above such a line, which says what is meant. */
const WIDE = /=[ \t]*(?<value>\S+) ll[ \t]*$/;
/** `; return 0;`, a line of C. */
const SOURCE_LINE = /^[ \t]*;/;
/** The compiler's own labels, within functions. */
const OWN_LABEL = /^\.?L(?:BB|tmp|\d)/;
/** `goto +0x2 <LBB0_2>`, where objdump names the place. */
const PLACE = /[ \t]<[^<>]*>[ \t]*$/;
const INSTRUCTION_WITHOUT_ADDRESS = /^\t(?!\t)/;
const CALLED = /^[ \t]*call (?<sign>-?)(?<number>(?:0x)?[0-9a-f]+)[ \t]*$/;
const SLOT_BYTES = 8;
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
  const survey = surveyOf(text);
  const hasPrograms = survey.sections.some(({ name }) => name !== FUNCTIONS);
  let next = survey.sections[0]?.name === "" ? 1 : 0;
  let section = survey.sections[0];
  let program = ""; // the name of its section
  let told = false; // what objdump did not know
  let inside = false; // a function of the section .text, which belongs behind the program
  let functions = 0; // in this section

  /**
   * @param {string} line
   * @returns {PastedLine | null}
   */
  function head(line) {
    const { name } = groupsOf(HEAD.exec(line));
    if (OWN_LABEL.test(name)) return null;
    if (!inside && functions++) throw section.name ? secondProgramIn(section.name, name, line) : secondFunction(name, line);
    return section.name === FUNCTIONS ? { text: `${name}:`, behind: inside } : null;
  }

  /** @param {string} line */
  function enter(line) {
    section = survey.sections[next++];
    functions = 0;
    inside = section.name === FUNCTIONS && hasPrograms;
    if (inside) return;
    if (program) throw secondProgram(`in section ${section.name}`, line);
    program = section.name;
  }

  return (line, number) => {
    if (SECTION.test(line)) return (enter(line), null);
    if (HEAD.test(line)) return head(line);
    const found = RELOCATION.test(line) ? null : LINE.exec(line);
    if (!found && !isInstruction(line)) return null;
    const before = found?.[0].length ?? 0;
    const { index, bytes } = groupsOf(found);
    const shown = " ".repeat(before) + line.slice(before).replace(PLACE, "");
    const own = index === undefined ? null : Number(index) - (inside ? 0 : section.start);
    const pasted = { text: shown, index: own, behind: inside };
    const relocation = survey.relocations.get(number) ?? {};
    const slots = bytes ? slotsOf(bytes) : undefined;
    if (isMap(shown, slots, relocation)) return { ...pasted, text: withMap(shown, relocation, survey, line) };
    const call = { line, slots, shown, callee: relocation.callee, slot: survey.slots.get(number) ?? 0, section };
    const callee = isOwnCall(call, survey) ? calleeOf(call, survey) : undefined;
    if (callee !== undefined) return { ...pasted, text: `${" ".repeat(before)}call ${callee}` };
    if (UNKNOWN.test(shown)) {
      if (slots) return { ...pasted, slots };
      if (told) return null;
      told = true;
      fail("objdump did not know this instruction: give it --mcpu=v3, or leave out --no-show-raw-insn", tokenize(line)[0]);
    }
    if (slots && !isShown(slots, shown))
      fail("the bytes on this line are another instruction than its text: delete the bytes, or write them anew", tokenize(shown)[0]);
    return slots ? { ...pasted, slots } : pasted;
  };
}

/**
 * @param {string} section
 * @param {string} name
 * @param {string} line
 * @returns {Diagnostic}
 */
function secondProgramIn(section, name, line) {
  return section === FUNCTIONS ? secondFunction(name, line) : secondProgram(`${name}, in section ${section}`, line);
}

/**
 * What a reader has edited is either of the two, and which one was meant is not known.
 * @param {Instruction[]} slots
 * @param {string} text
 * @returns {boolean} true if the text is that of the bytes
 */
function isShown(slots, text) {
  /** @type {import("./statements.js").Statement[]} */
  const statements = [];
  const tokens = tokenize(text);
  if (isCall(slots[0])) return CALLED.test(text);
  if (isIndirect(slots[0])) return text.includes("skb[r"); // llvm-objdump leaves out the constant
  parse(tokens, null, statements);
  const fields = (/** @type {Instruction[]} */ list) =>
    list.map(({ code, dst = 0, src = 0, off = 0, imm = 0 }) => [code, dst, src, off, ADDS_32.has(`${code} ${imm}`) ? 0 : imm]);
  return statements.length === 1 && JSON.stringify(fields(statements[0].slots ?? [])) === JSON.stringify(fields(slots));
}

/** llvm-objdump shows an atomic addition of 32 bits that fetches as one that does not: by code and constant. */
const ADDS_32 = new Set([`${CLASS.STX | MODE.ATOMIC | SIZE.u32} 1`]);

/** @param {Instruction} instruction */
function isIndirect({ code }) {
  return (code & 0xe7) === (CLASS.LD | MODE.IND);
}

/**
 * A compiler loads a 0 in another way: a 0 of 64 bits is the place for a map.
 * @param {string} shown
 * @param {Instruction[] | undefined} slots
 * @param {Relocation} relocation
 * @returns {boolean}
 */
function isMap(shown, slots, { map }) {
  const { value } = groupsOf(WIDE.exec(shown));
  if (map !== undefined) return value !== undefined;
  return Number(value) === 0 && (!slots || (slots[0].code === TWO_SLOTS && !slots[0].imm && !slots[1].imm));
}

/**
 * @param {string} shown
 * @param {Relocation} relocation
 * @param {Survey} survey
 * @param {string} line
 * @returns {string}
 */
function withMap(shown, { map }, survey, line) {
  if (map === undefined)
    throw new Diagnostic("which map this is, the dump does not say: paste what llvm-objdump -dr shows", wholeLine(line));
  const functions = survey.sections.flatMap((section) => [...section.functions.values()]);
  if (map === FUNCTIONS || functions.includes(map)) throw new Diagnostic(CALLBACK, wholeLine(line));
  return shown.replace(WIDE, `= ${map} ll`);
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
 * @returns {Instruction[]}
 */
function slotsOf(bytes) {
  return decode(Uint8Array.from(bytes.split(" "), (pair) => parseInt(pair, 16)));
}

/**
 * @typedef {object} Call a line that may be one
 * @property {string} line
 * @property {Instruction[] | undefined} slots
 * @property {string} shown
 * @property {string | undefined} callee where objdump was asked for it (-r)
 * @property {number} slot
 * @property {Section} section
 */

/**
 * Without bytes, a helper's number and the distance of a function look alike.
 * @param {Call} call
 * @param {Survey} survey
 * @returns {boolean} true if it calls a function of the program's own
 */
function isOwnCall({ line, slots, shown, callee, slot, section }, { relocations, sections }) {
  if (slots) return isCall(slots[0]) && slots[0].src === PSEUDO_CALL;
  const { sign, number } = groupsOf(CALLED.exec(shown));
  if (number === undefined) return false;
  if (callee !== undefined || sign) return true;
  const imm = Number(number);
  const near = section.name === FUNCTIONS ? section.functions.get(slot + 1 + imm) : undefined;
  const far = relocations.size || section.name === FUNCTIONS ? undefined : sharedIn(sections)?.functions.get(imm + 1);
  const other = near ?? far;
  if (other === undefined) return false;
  const message = `this calls the helper ${HELPERS[imm] ?? imm} or the function ${other}: leave out --no-show-raw-insn, and paste what llvm-objdump -dr shows`;
  throw new Diagnostic(message, wholeLine(line));
}

/**
 * Within .text, a call has its distance. To there from other sections, loaders fill it in; the compiler leaves where in
 * .text the function is, or -1 if objdump names the function (-r).
 * @param {Call} call
 * @param {Survey} survey
 * @returns {string}
 */
function calleeOf({ line, slots, shown, callee, slot, section }, { sections }) {
  const { sign, number } = groupsOf(CALLED.exec(shown));
  const imm = slots ? (slots[0].imm ?? 0) : Number(number) * (sign ? -1 : 1);
  if (callee !== undefined && callee !== FUNCTIONS && imm === -1) return callee;
  const shared = sharedIn(sections);
  const names = [...(shared?.functions.values() ?? [])];
  const isInside = section.name === FUNCTIONS;
  if (callee === undefined && imm === -1 && !isInside && names.length === 1) return names[0];
  const isNear = callee === undefined && isInside;
  const isKnown = callee === FUNCTIONS || imm !== -1;
  const found = isKnown ? shared?.functions.get(isNear ? slot + 1 + imm : imm + 1) : undefined;
  if (found !== undefined) return found;
  const message = names.length
    ? "which function this calls is not in the dump: paste all that llvm-objdump -dr shows"
    : "the function that this calls is not in the dump: paste all that llvm-objdump -dr shows, with the section .text";
  throw new Diagnostic(message, wholeLine(line));
}

/**
 * @typedef {object} Section
 * @property {string} name
 * @property {Map<number, string>} functions by the slot with which they begin
 * @property {number} start the slot with which the first of them begins
 */

/** @typedef {Record<string, string | undefined>} Relocation the map or the callee of an instruction */

/**
 * @typedef {object} Survey
 * @property {Section[]} sections in the order of the text; the first has no name if the text begins within one
 * @property {Map<number, number>} slots by the line's number
 * @property {Map<number, Relocation>} relocations by the line's number, where objdump was asked for them (-r)
 */

/**
 * @param {Section[]} sections
 * @returns {Section | undefined}
 */
function sharedIn(sections) {
  return sections.find(({ name }) => name === FUNCTIONS);
}

/**
 * @param {string} text
 * @returns {Survey}
 */
function surveyOf(text) {
  /** @type {Survey} */
  const survey = { sections: [], slots: new Map(), relocations: new Map() };
  let [slot, instruction] = [0, 0];
  /** @param {string} name */
  const begin = (name) => survey.sections.push({ name, functions: new Map(), start: 0 });
  text.split("\n").forEach((line, number) => {
    const { name: section } = groupsOf(SECTION.exec(line));
    if (section !== undefined) [slot] = [0, begin(section)];
    const { name, address } = groupsOf(HEAD.exec(line));
    const relocation = RELOCATION.exec(line);
    const found = LINE.exec(line);
    if (!survey.sections.length && (name ?? found ?? relocation)) begin("");
    const current = survey.sections[survey.sections.length - 1];
    if (name !== undefined && !OWN_LABEL.test(name)) {
      if (address !== undefined) slot = parseInt(address, 16) / SLOT_BYTES;
      if (!current.functions.size) current.start = slot;
      current.functions.set(slot, name);
    } else if (relocation) survey.relocations.set(instruction, groupsOf(relocation));
    else if (found || (current && section === undefined && name === undefined && isInstruction(line))) {
      const { index, bytes } = groupsOf(found);
      instruction = number + 1;
      slot = index === undefined ? slot : Number(index);
      survey.slots.set(instruction, slot);
      slot += bytes ? slotsOf(bytes).length : WIDE.test(line) ? 2 : 1;
    }
  });
  if (!survey.sections.length) begin("");
  return survey;
}
