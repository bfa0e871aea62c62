// SPDX-License-Identifier: GPL-2.0-only
/** What is in the program's maps, as tables: numbers where they have the size of one, otherwise bytes. */
import { isArray, isPerProcessor } from "../assembler/maps.js";
import { make, show } from "./dom.js";

/** @typedef {import("../assembler/maps.js").MapDeclaration} MapDeclaration */
/** @typedef {import("../kernel/kernel.js").Contents} Contents */

const NUMBERS = new Set([1, 2, 4, 8]); // bytes
const VALUE_HERE = "value on processor 0"; // the machine has no other
const NO_RECORDS = "No program of this type can write to it: the helpers for that are not on the type's list.";

/**
 * @typedef {object} MapsView
 * @property {HTMLElement} root
 * @property {(maps: readonly MapDeclaration[], contents: readonly (Contents | null)[]) => void} fill
 *   null: the map can't be looked into
 */

/** @returns {MapsView} */
export function createMapsView() {
  const root = make("section", { class: "pg-maps", "aria-label": "In the maps", hidden: true });
  return {
    root,
    fill(maps, contents) {
      root.replaceChildren(...maps.flatMap((map, index) => one(map, contents[index])));
      show(root, maps.length > 0);
    },
  };
}

/**
 * @param {MapDeclaration} map
 * @param {Contents | null} contents
 * @returns {HTMLElement[]}
 */
function one(map, contents) {
  const name = make("p", { class: "pg-map-name" }, make("code", {}, map.name), `, ${map.type}`);
  const note = make("p", { class: "pg-note" }, noteOn(map, contents));
  const elements = contents?.elements ?? [];
  if (!elements.length) return [name, note];
  const keyed = map.key > 0;
  const head = [...(keyed ? ["key"] : []), isPerProcessor(map.type) ? VALUE_HERE : "value"].map((text) => make("th", { scope: "col" }, text));
  const rows = elements.map(([key, value]) => {
    const cells = [...(keyed ? [shown(key, map.key)] : []), shown(value, map.value)];
    return make("tr", {}, ...cells.map((text) => make("td", {}, text)));
  });
  const table = make(
    "table",
    { class: "pg-map", "aria-label": `In the map ${map.name}` },
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, ...rows),
  );
  return [name, table, ...(note.textContent ? [note] : [])];
}

/**
 * @param {MapDeclaration} map
 * @param {Contents | null} contents
 * @returns {string} what the table does not show
 */
function noteOn({ type, entries }, contents) {
  if (!contents) return NO_RECORDS;
  const { elements, cut, error } = contents;
  if (error) return `It could not be read: ${error}`;
  if (cut) return `These are the first ${elements.length}; there are more.`;
  if (isArray(type)) {
    if (!elements.length) return entries === 1 ? "Its value is 0." : `All of its ${entries} values are 0.`;
    return elements.length < entries ? "All other values are 0." : "";
  }
  if (!elements.length) return "It is empty.";
  if (type === "queue" || type === "stack") return elements.length > 1 ? "The first one is the next to come out." : "";
  return "";
}

/**
 * @param {string} hex as the bytes lie in memory, little-endian; only the first of many
 * @param {number} size how many bytes there are
 * @returns {string}
 */
export function shown(hex, size) {
  const bytes = hex.match(/../g) ?? [];
  if (NUMBERS.has(size)) return BigInt(`0x${bytes.toReversed().join("")}`).toString();
  return bytes.join(" ") + (bytes.length < size ? " …" : "");
}
