// SPDX-License-Identifier: GPL-2.0-only
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

import { kindOf, plugin, withoutFirstLine } from "../lab/laboratory-cells/cells.js";

test("a cell's first line says what is below it", () => {
  const KINDS = {
    patch: ["%%patch", "%%patch --try", " %%patch "],
    c: ["%%source lkm/oreore_mod.c", "%%source --try loader/hook.h", "%%source  loader/bpf/add_42.bpf.c "],
    shell: ["%%guest", "%%guest --time 600", "%%repository", "%%source loader/every_way.sh", "%%source a/b.config"],
    text: ["%%commit", "%%source lkm/Kbuild", "%%source Makefile", "%%source", "%%source a.c.txt", "%%source x.rst"],
  };
  for (const [kind, lines] of Object.entries(KINDS)) {
    for (const line of lines) assert.equal(kindOf(line), kind, line);
  }
  for (const line of ["", "import os", "%%time", "%%patches", "%patch", "# %%patch", "%%", "%%sourcex.c"]) {
    assert.equal(kindOf(line), null, line);
  }
});

test("every cell magic of the laboratory has its language", () => {
  const magics = readFileSync(new URL("../../kernel_lab/magics.py", import.meta.url), "utf8");
  const names = [...magics.matchAll(/@cell_magic\n +def (\w+)/g)].map(([, name]) => name);
  assert.ok(names.length >= 5);
  for (const name of names) assert.notEqual(kindOf(`%%${name}`), null, name);
});

/** @param {string} text @returns {import("../lab/laboratory-cells/jupyterlab.js").Input} */
function input(text) {
  return {
    length: text.length,
    lineChunks: false,
    chunk: (from) => text.slice(from, from + 3),
    read: (from, to) => text.slice(from, to),
  };
}

test("a parser sees blanks in the place of the first line, and all else where it was", () => {
  for (const text of ["%%source it's.c\nint i;\n", "%%commit", "", "\n\nx", "%%guest\n"]) {
    const [line] = text.split("\n", 1);
    const expected = " ".repeat(line.length) + text.slice(line.length);
    const hidden = withoutFirstLine(input(text));
    assert.equal(hidden.length, text.length);
    for (let from = 0; from <= text.length; from++) {
      assert.equal(hidden.read(from, text.length), expected.slice(from));
      assert.equal(hidden.chunk(from), expected.slice(from, from + 3));
    }
  }
});

test("a JupyterLab that shares other modules is left as it is, with one line", async () => {
  await assert.rejects(plugin("x", {}), /does not share/);
  const file = fileURLToPath(new URL("../lab/laboratory-cells/remoteEntry.js", import.meta.url));
  /** @type {unknown[][]} */
  const said = [];
  /** @type {any} */
  const window = {};
  const place = { window, document: { currentScript: { src: "nowhere:" } }, console: { info: (/** @type {unknown[]} */ ...all) => said.push(all) }, URL };
  vm.runInNewContext(readFileSync(file, "utf8"), place);
  const container = window._JUPYTERLAB["laboratory-cells"];
  container.init({});
  const factory = await container.get("./extension");
  assert.equal(factory().default.length, 0);
  assert.equal(said.length, 1);
});
