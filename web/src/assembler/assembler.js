// SPDX-License-Identifier: GPL-2.0-only
/** From text in the kernel's notation to the bytes of a BPF program. */
import { encode } from "../kernel/instruction.js";
import { CLASS, EXIT, isCall, PSEUDO_CALL } from "./encoding.js";
import { KFUNCS } from "./kfuncs.js";
import { EXAMPLE, MOST_BYTES, MOST_MAPS, roomOf, tooLarge } from "./maps.js";
import { nearest } from "./nearest.js";
import { foreign, foreignSource } from "./foreign.js";
import { formatOf, WRITTEN } from "./paste.js";
import { short } from "./operands.js";
import { noHelper } from "./statements.js";
import { Diagnostic } from "./tokens.js";

/** More text than this is not looked at: no program of 4096 instructions needs it. */
export const MOST_CHARACTERS = 256 * 1024;

/** As many as the kernel takes from a user without privileges. */
export const MOST_INSTRUCTIONS = 4096;

/** Whoever pastes a novel need not read about each of its lines. */
export const MOST_ERRORS = 20;

/** @typedef {import("./statements.js").Statement} Statement */

/**
 * @typedef {object} SourceError
 * @property {number} line the first is 1
 * @property {number} column the first is 1
 * @property {number} length in characters, at least 1
 * @property {string} message
 */

/**
 * @typedef {object} Assembled
 * @property {Uint8Array} insns 8 bytes an instruction, little-endian; empty if there are errors
 * @property {number[]} lines for each 8 bytes the line that they come from, the first is 1; empty if there are errors
 * @property {(import("./maps.js").MapDeclaration & {line: number})[]} maps in the order of the text
 * @property {import("../kernel/kernel.js").Reference[]} references where a map's descriptor goes
 * @property {SourceError[]} errors in the order of the text
 */

/**
 * @typedef {import("./paste.js").Found & {slot: number}} Placed
 * slot: its place in the program, in pieces of 8 bytes; -1 as long as it has none
 */

/**
 * @param {string} text
 * @returns {Assembled}
 */
export function assemble(text) {
  if (text.length > MOST_CHARACTERS) {
    const message = `the text is ${text.length} characters long; at most ${MOST_CHARACTERS} are read`;
    return refused([{ line: 1, column: 1, length: 1, message }]);
  }
  const { statements, errors } = read(text.replaceAll("\r\n", "\n"));
  const instructions = errors.length ? [] : place(statements, errors);
  link(statements, errors);
  const maps = collectMaps(statements, errors);
  const references = findMaps(statements, maps, errors);
  if (errors.length) return refused(errors.slice(0, MOST_ERRORS));

  const slots = instructions.flatMap(({ statement }) => statement.slots ?? []);
  const lines = instructions.flatMap(({ statement, line }) => (statement.slots ?? []).map(() => line));
  return { insns: encode(slots), lines, maps, references, errors: [] };
}

/**
 * @param {SourceError[]} errors
 * @returns {Assembled}
 */
function refused(errors) {
  return { insns: new Uint8Array(0), lines: [], maps: [], references: [], errors: errors.sort(byPlace) };
}

/**
 * @param {SourceError} one
 * @param {SourceError} other
 * @returns {number}
 */
function byPlace(one, other) {
  return one.line - other.line || one.column - other.column;
}

/**
 * @param {SourceError[]} errors is added to
 * @param {number} line
 * @param {{column: number, text?: string, length?: number}} place in the line: a token, or a column and a length
 * @param {string} message
 */
function complain(errors, line, place, message) {
  const { column, text = "", length = text.length } = place;
  errors.push({ line, column, length: Math.max(1, length), message });
}

/**
 * @param {string} text
 * @returns {{statements: Placed[], errors: SourceError[]}} labels and instructions in the order of the text
 */
function read(text) {
  /** @type {Placed[]} */
  const statements = [];
  /** @type {SourceError[]} */
  const errors = [];
  const other = foreign(text);
  if (other) return notRead(other);
  const format = formatOf(text);
  const { read: readLine, unfinished } = format ?? WRITTEN;
  let slots = 0;
  let line = 0;
  for (const source of lines(text)) {
    /** @type {import("./paste.js").Found[]} */
    const found = [];
    line++;
    attempt(() => readLine(source, line, found), line, errors);
    for (const one of found) {
      statements.push({ ...one, slot: -1 });
      slots += one.statement.slots?.length ?? 0;
      if (slots > MOST_INSTRUCTIONS) {
        complain(errors, line, one.statement.at, `from here on it is more than ${MOST_INSTRUCTIONS} instructions`);
        return { statements, errors };
      }
    }
    if (errors.length >= MOST_ERRORS) break;
  }
  const source = errors.length && foreignSource(text, format !== undefined);
  if (source) return notRead(source);
  const missing = unfinished?.();
  if (missing) complain(errors, line, { column: 1 }, missing);
  if (!slots && !errors.length) complain(errors, 1, { column: 1 }, "there is no instruction in the text");
  return { statements: withFunctionsBehind(statements), errors };
}

/**
 * @param {import("./foreign.js").Foreign} foreign
 * @returns {{statements: Placed[], errors: SourceError[]}}
 */
function notRead({ line, message }) {
  return { statements: [], errors: [{ line, column: 1, length: 1, message }] };
}

/**
 * As libbpf does it: what programs have in common stands in a section of its own, and is put behind the program.
 * @param {Placed[]} statements
 * @returns {Placed[]}
 */
function withFunctionsBehind(statements) {
  const main = statements.filter(({ behind }) => !behind);
  const length = slotsIn(main);
  const behind = statements.filter((placed) => placed.behind);
  for (const placed of length ? behind : []) if (placed.index !== null) placed.index += length;
  return [...main, ...behind];
}

/**
 * @param {() => void} work
 * @param {number} line
 * @param {SourceError[]} errors is added to
 */
function attempt(work, line, errors) {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Diagnostic)) throw error;
    complain(errors, line, error, error.message);
  }
}

/**
 * One after the other, so that reading can end before the text does.
 * @param {string} text
 * @returns {Generator<string>}
 */
function* lines(text) {
  let start = 0;
  for (;;) {
    const end = text.indexOf("\n", start);
    if (end < 0) break;
    yield text.slice(start, end);
    start = end + 1;
  }
  yield text.slice(start);
}

/**
 * Give each statement its place in the program.
 * @param {Placed[]} statements
 * @param {SourceError[]} errors is added to
 * @returns {Placed[]} the instructions, in the order of the program
 */
function place(statements, errors) {
  const instructions = statements.filter(({ statement }) => statement.slots);
  const numbered = instructions.flatMap(({ line, index }) => (index === null ? [] : [{ line, index }]));
  if (numbered.length === instructions.length) {
    const inOrder = placeByNumber(instructions, errors);
    placeLabels(statements, slotsIn(instructions));
    return inOrder;
  }
  let slot = 0;
  for (const placed of statements) {
    placed.slot = slot;
    slot += placed.statement.slots?.length ?? 0;
  }
  if (numbered.length) checkNumbers(instructions, errors);
  return instructions;
}

/**
 * Lines without a number were put in by a reader. The others must be all that the text had, one after the other: what
 * a reader has put in takes the place of instructions, or comes between two of them.
 * @param {readonly Placed[]} instructions with their place
 * @param {SourceError[]} errors is added to
 */
function checkNumbers(instructions, errors) {
  /** Where each number is now. @type {Map<number, number>} */
  const places = new Map();
  const main = slotsIn(instructions.filter(({ behind }) => !behind));
  let isBehind = false;
  let [expected, added] = [0, 0];
  for (const { statement, line, index, slot, behind } of instructions) {
    const length = statement.slots?.length ?? 0;
    if (index === null) {
      added += length;
      continue;
    }
    // Functions that stand behind have numbers of their own, which begin where the program ends now.
    if (behind && !isBehind) [expected, added] = [main, 0];
    isBehind = behind;
    const message = wrongNumber(index, expected, added);
    if (message) return complain(errors, line, { column: 1, length: 1 }, message);
    places.set(index, slot);
    [expected, added] = [index + length, 0];
  }
  places.set(expected, places.get(expected) ?? slotsIn(instructions));
  for (const { statement, line, index, slot } of instructions) {
    const distance = index === null ? undefined : distanceOf(statement);
    if (index === null || distance === undefined) continue;
    const there = places.get(index + 1 + distance);
    if (there === undefined || there - slot - 1 === distance) continue;
    const message = "this jump is counted over the line that was put in: write a label in its place";
    return complain(errors, line, statement.at, message);
  }
}

/**
 * @param {number} index
 * @param {number} expected
 * @param {number} added how many pieces of 8 bytes without a number are before it
 * @returns {string | undefined}
 */
function wrongNumber(index, expected, added) {
  if (index < expected)
    return `after ${expected - 1} comes ${index}: in a text with gaps and turns, each instruction needs its number`;
  return index === expected || index - expected === added ? undefined : missing(index, expected);
}

/**
 * @param {number} index
 * @param {number} expected
 * @returns {string}
 */
function missing(index, expected) {
  return `before ${index} should come ${expected}: a log leaves out what the verifier never came to; llvm-objdump -d shows all`;
}

/**
 * @param {Statement} statement
 * @returns {number | undefined} how far it jumps, if it says so in a number
 */
function distanceOf({ slots, target }) {
  const [{ code, src, off, imm }] = slots ?? [{ code: 0 }];
  const kind = code & 0x07;
  if (target || (kind !== CLASS.JMP && kind !== CLASS.JMP32)) return undefined;
  if (isCall({ code })) return src === PSEUDO_CALL ? imm : undefined;
  return code === (CLASS.JMP | EXIT) ? undefined : off;
}

/**
 * A label is at the instruction after it, or at the end.
 * @param {Placed[]} statements
 * @param {number} end
 */
function placeLabels(statements, end) {
  let next = end;
  for (const placed of statements.toReversed()) {
    if (placed.statement.slots) next = placed.slot;
    else placed.slot = next;
  }
}

/**
 * @param {readonly Placed[]} statements
 * @returns {number}
 */
function slotsIn(statements) {
  return statements.reduce((sum, { statement }) => sum + (statement.slots?.length ?? 0), 0);
}

/**
 * A log shows the paths that the verifier took: later instructions may come first, and some more than once.
 * @param {Placed[]} instructions
 * @param {SourceError[]} errors is added to
 * @returns {Placed[]}
 */
function placeByNumber(instructions, errors) {
  /** @type {Map<number, Placed>} */
  const byIndex = new Map();
  for (const placed of instructions) {
    const index = placed.index ?? 0; // all of them have a number here
    const before = byIndex.get(index);
    placed.slot = index;
    if (before === undefined) byIndex.set(index, placed);
    else if (!alike(before.statement, placed.statement)) {
      const message = `instruction ${index} is another one on line ${before.line}`;
      complain(errors, placed.line, placed.statement.at, message);
    }
  }
  const inOrder = [...byIndex.values()].sort((one, other) => one.slot - other.slot);
  let slot = 0;
  for (const placed of inOrder) {
    if (placed.slot !== slot) {
      complain(errors, placed.line, { column: 1, length: 1 }, missing(placed.slot, slot));
      break;
    }
    slot += placed.statement.slots?.length ?? 0;
  }
  return inOrder;
}

/**
 * @param {Statement} one
 * @param {Statement} other
 * @returns {boolean}
 */
function alike(one, other) {
  return JSON.stringify(one.slots) === JSON.stringify(other.slots);
}

/**
 * Turn the names of labels into distances.
 * @param {Placed[]} statements
 * @param {SourceError[]} errors is added to
 */
function link(statements, errors) {
  const labels = collectLabels(statements, errors);
  for (const { statement, line, slot } of statements) {
    const { target, slots, field } = statement;
    if (!target || !slots || !field) continue;
    if (errors.length >= MOST_ERRORS) return;
    const { text } = target;
    const there = labels.get(text);
    if (there === undefined) {
      complain(errors, line, target, noTarget(text, labels));
      continue;
    }
    // Distances are counted from the next instruction; 4096 of them always fit into 16 bits.
    slots[0][field] = there - slot - slots.length;
  }
}

/**
 * @param {string} name
 * @param {Map<string, number>} labels
 * @returns {string}
 */
function noTarget(name, labels) {
  if (name.startsWith("bpf_") || KFUNCS.includes(name)) return noHelper(name);
  const near = nearest(name, labels.keys());
  return `there is no label ${name}${near ? `: ${near}?` : ""}`;
}

/**
 * @param {Placed[]} statements
 * @param {SourceError[]} errors is added to
 * @returns {Map<string, number>} the place of each
 */
function collectLabels(statements, errors) {
  const labels = new Map();
  const seen = new Map();
  for (const { statement, line, slot } of statements) {
    if (statement.label === undefined) continue;
    if (seen.has(statement.label))
      complain(
        errors,
        line,
        statement.at,
        `the label ${statement.label} is on line ${seen.get(statement.label)} already`,
      );
    labels.set(statement.label, slot);
    seen.set(statement.label, line);
  }
  return labels;
}

/**
 * @param {readonly Placed[]} statements
 * @param {SourceError[]} errors is added to
 * @returns {Assembled["maps"]}
 */
function collectMaps(statements, errors) {
  /** @type {Map<string, Assembled["maps"][number]>} */
  const maps = new Map();
  let room = 0;
  for (const { statement, line } of statements) {
    const { map, at } = statement;
    if (!map) continue;
    const before = maps.get(map.name);
    if (before) {
      complain(errors, line, at, `the map ${map.name} is declared on line ${before.line} already`);
      continue;
    }
    maps.set(map.name, { ...map, line });
    room += roomOf(map);
    if (maps.size > MOST_MAPS) complain(errors, line, at, `this is map ${maps.size}, and a program uses at most ${MOST_MAPS}`);
    else if (room > MOST_BYTES) complain(errors, line, at, tooLarge(`with this map they take ${room} bytes`));
    else continue;
    break;
  }
  return [...maps.values()];
}

/**
 * @param {readonly Placed[]} statements
 * @param {Assembled["maps"]} maps
 * @param {SourceError[]} errors is added to
 * @returns {Assembled["references"]}
 */
function findMaps(statements, maps, errors) {
  const declared = statements.flatMap(({ statement }) => statement.declares ?? []);
  const names = maps.map(({ name }) => name);
  return statements.flatMap(({ statement: { uses }, line, slot }) => {
    if (!uses || errors.length >= MOST_ERRORS) return [];
    if (!declared.includes(uses.text)) complain(errors, line, uses, noMap(uses.text, declared));
    return [{ slot, map: names.indexOf(uses.text) }];
  });
}

/**
 * @param {string} name
 * @param {string[]} names
 * @returns {string}
 */
function noMap(name, names) {
  if (name.startsWith(".")) return `${short(name)} is where variables are, and a program here has none: it has maps`;
  const near = nearest(name, names);
  return `there is no map ${short(name)}: ${near ? `${near}?` : `declare it, ${EXAMPLE}`}`;
}
