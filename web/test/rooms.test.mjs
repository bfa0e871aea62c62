// SPDX-License-Identifier: GPL-2.0-only
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SOURCES = fileURLToPath(new URL("../src", import.meta.url));

/** What each room may import from, as README.md draws it. `console.js` and `playground.js` are in none. */
const MAY = {
  "": ["kernel", "ui"],
  ui: ["assembler", "kernel", "verifier"],
  assembler: ["kernel", "verifier"],
  verifier: ["kernel"],
  kernel: [],
};

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/g;

/** @param {string} file below src/ @returns {string} */
function roomOf(file) {
  const folder = path.dirname(file);
  return folder === "." ? "" : folder;
}

/** @returns {{file: string, imported: string}[]} all imports of a file of ours, those of types among them */
function imports() {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((name) => /\.m?js$/.test(name));
  return files.flatMap((file) => {
    const text = readFileSync(path.join(SOURCES, file), "utf8");
    return [...text.matchAll(IMPORT)].map(([, name]) => ({ file, imported: path.join(path.dirname(file), name) }));
  });
}

test("a room imports only from the rooms below it", () => {
  const found = new Set();
  for (const { file, imported } of imports()) {
    const [from, to] = [roomOf(file), roomOf(imported)];
    if (from !== to) found.add(`${from} -> ${to}`);
  }
  const may = Object.entries(MAY).flatMap(([from, all]) => all.map((to) => `${from} -> ${to}`));
  assert.deepEqual([...found].sort(), may.sort());
});

test("no file imports itself by way of others", () => {
  /** @type {Map<string, string[]>} */
  const graph = new Map();
  for (const { file, imported } of imports()) graph.set(file, [...(graph.get(file) ?? []), imported]);
  const done = new Set();
  /** @param {string} file @param {string[]} way */
  function visit(file, way) {
    assert.ok(!way.includes(file), `a circle: ${[...way, file].join(" -> ")}`);
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...way, file]);
    done.add(file);
  }
  for (const file of graph.keys()) visit(file, []);
});
