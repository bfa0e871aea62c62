// SPDX-License-Identifier: GPL-2.0-only
/**
 * Maps, each declared in a line with the words of bpftool: `map seen type hash key 4 value 8 entries 16`. What the kernel
 * would refuse with no more than EINVAL is told here, with the reason.
 */
import { nearest } from "./nearest.js";
import { fail, number, REGISTER, short } from "./operands.js";

/** @typedef {import("./operands.js").Reader} Reader */
/** @typedef {import("./tokens.js").Token} Token */

/**
 * @typedef {object} MapDeclaration
 * @property {string} name
 * @property {string} type as bpftool calls it, such as "array"
 * @property {number} number of that type, for the kernel
 * @property {number} key bytes
 * @property {number} value bytes
 * @property {number} entries how many fit; of a ring buffer, its bytes
 */

/** @typedef {"key" | "value" | "entries"} Size */

/** How each declaration may look, for messages. */
export const EXAMPLE = "map counts type array key 4 value 8 entries 1";

/** As many as the kernel lets a program use. */
export const MOST_MAPS = 64;

/** The playground reads all of a map to show what is in it. */
export const MOST_ENTRIES = 4096;

/** Of all maps together: the machine in the page is small. */
export const MOST_BYTES = 1 << 20;

/** What an element that is allocated by itself takes beside its key and its value, rounded up. */
const OVERHEAD = 64;

/** PCPU_MIN_UNIT_SIZE: no more can be had for each processor at once. */
const MOST_PER_CPU = 32 * 1024;

const PAGE = 4096;
const PREFIX = "BPF_MAP_TYPE_";

/**
 * The types that the playground makes, with their numbers in enum bpf_map_type of include/uapi/linux/bpf.h.
 * @type {Readonly<Record<string, number>>}
 */
const TYPES = Object.freeze({
  array: 2,
  percpu_array: 6,
  hash: 1,
  lru_hash: 9,
  percpu_hash: 5,
  queue: 22,
  stack: 23,
  ringbuf: 27,
});
const ARRAYS = new Set(["array", "percpu_array"]);
const HASHES = new Set(["hash", "lru_hash", "percpu_hash"]);

/** @type {Readonly<Record<string, Size>>} */
const SIZES = Object.freeze({ key: "key", value: "value", entries: "entries", max_entries: "entries" });

const WORDS = Object.freeze(["type", ...Object.keys(SIZES)]);

const DECLARATION = /^\s*map\s+\w+\s+(?:type|key|value|(?:max_)?entries)\b/;

/**
 * @param {string} text a line
 * @returns {boolean} true if it was meant as a declaration
 */
export function beginsMap(text) {
  return DECLARATION.test(text);
}

/**
 * @param {string} type
 * @returns {boolean} true if all elements are there from the start, and 0
 */
export function isArray(type) {
  return ARRAYS.has(type);
}

/**
 * @param {string} type
 * @returns {boolean} true if each processor has values of its own
 */
export function isPerProcessor(type) {
  return type.startsWith("percpu_");
}

/**
 * `map NAME type TYPE key BYTES value BYTES entries NUMBER`, in any order after the name.
 * @param {Reader} reader
 * @returns {MapDeclaration}
 */
export function mapDeclaration(reader) {
  const at = reader.take();
  const name = reader.take();
  if (name.kind !== "word") fail(`expected the map's name: ${EXAMPLE}`, name);
  if (REGISTER.test(name.text)) fail(`${name.text} has a meaning already, and cannot be a map`, name);
  /** @type {Map<string, {value: number, token: Token}>} */
  const said = new Map();
  while (reader.next.kind === "word") {
    const word = reader.take();
    const what = word.text === "type" ? "type" : Object.hasOwn(SIZES, word.text) && SIZES[word.text];
    if (!what) fail(noWord(word.text), word);
    if (said.has(what)) fail(`${what} is there twice`, word);
    said.set(what, what === "type" ? mapType(reader) : size(reader, word.text));
  }
  const type = said.get("type") ?? fail(`the type is missing: ${EXAMPLE}`, at);
  /** @param {Size} what @returns {number} */
  const given = (what) => said.get(what)?.value ?? 0;
  const declared = {
    name: name.text,
    type: nameOf(type.value),
    number: type.value,
    key: given("key"),
    value: given("value"),
    entries: given("entries"),
  };
  for (const what of /** @type {const} */ (["key", "value", "entries"])) {
    const wrong = wrongSize(declared, what);
    if (wrong) fail(wrong, said.get(what)?.token ?? at);
  }
  return declared;
}

/**
 * @param {string} text
 * @returns {string}
 */
function noWord(text) {
  const near = nearest(text, WORDS);
  return `“${short(text)}” says nothing about a map${near ? `: ${near}?` : `: there are ${WORDS.slice(0, 4).join(", ")}`}`;
}

/**
 * By bpftool's name, or by the kernel's.
 * @param {Reader} reader
 * @returns {{value: number, token: Token}}
 */
function mapType(reader) {
  const token = reader.take();
  const name = token.text.startsWith(PREFIX) ? token.text.slice(PREFIX.length).toLowerCase() : token.text;
  if (token.kind === "word" && Object.hasOwn(TYPES, name)) return { value: TYPES[name], token };
  return fail(`a map's type is one of ${Object.keys(TYPES).join(", ")}`, token);
}

/**
 * @param {number} type
 * @returns {string}
 */
function nameOf(type) {
  return Object.keys(TYPES).find((name) => TYPES[name] === type) ?? "";
}

/**
 * @param {Reader} reader
 * @param {string} word before it
 * @returns {{value: number, token: Token}}
 */
function size(reader, word) {
  const { value, text, token } = number(reader, `a number after ${word}`);
  if (value < 0n || value >= 1n << 32n) fail(`${text} does not fit into 32 bits without a sign`, token);
  return { value: Number(value), token };
}

/**
 * What the kernel refuses (the map_alloc_check functions in kernel/bpf/), and what is too much for this page.
 * @param {MapDeclaration} map
 * @param {Size} what
 * @returns {string | undefined}
 */
function wrongSize(map, what) {
  const { type, key, value, entries } = map;
  if (what === "key") return wrongKey(type, key);
  if (what === "value") {
    if (type === "ringbuf") return value ? "a ring buffer has no values of one size: leave value out" : undefined;
    if (isPerProcessor(type) && value > MOST_PER_CPU) return `a value for each processor has at most ${MOST_PER_CPU} bytes`;
    return value ? undefined : "a value has at least 1 byte: value 4";
  }
  if (type === "ringbuf") {
    if (entries < PAGE || !isPowerOfTwo(entries))
      return `of a ring buffer, entries are its bytes: a power of two, at least ${PAGE}`;
  } else {
    if (!entries) return "a map has room for at least 1 entry: entries 1";
    if (entries > MOST_ENTRIES) return `the playground shows all of a map, and reads no more than ${MOST_ENTRIES} entries`;
  }
  const room = roomOf(map);
  return room > MOST_BYTES ? tooLarge(`this map takes ${room} bytes`) : undefined;
}

/**
 * @param {string} type
 * @param {number} key
 * @returns {string | undefined}
 */
function wrongKey(type, key) {
  if (isArray(type)) return key === 4 ? undefined : "an array's key is an index of 4 bytes: key 4";
  if (HASHES.has(type)) return key ? undefined : "a key has at least 1 byte: key 4";
  return key ? `a ${type === "ringbuf" ? "ring buffer" : type} has no keys: leave key out` : undefined;
}

/**
 * @param {number} number
 * @returns {boolean}
 */
function isPowerOfTwo(number) {
  return Number.isInteger(Math.log2(number));
}

/**
 * @param {MapDeclaration} map
 * @returns {number} bytes
 */
export function roomOf({ type, key, value, entries }) {
  if (type === "ringbuf") return entries;
  return entries * (type === "array" || !key ? value : key + value + OVERHEAD);
}

/**
 * @param {string} what is
 * @returns {string}
 */
export function tooLarge(what) {
  return `${what}, and this page's machine has ${MOST_BYTES} for all of them`;
}
