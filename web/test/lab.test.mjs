// SPDX-License-Identifier: GPL-2.0-only
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

import { kindOf, MODULES, withoutFirstLine } from "../lab/laboratory-cells/cells.js";
import { shown, watch } from "../lab/laboratory-cells/left_running.js";
import { modules } from "../lab/laboratory-cells/shared.js";

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

test("a JupyterLab that shares other modules is left as it is, with a line for each part", async () => {
  await assert.rejects(modules({}, MODULES), /does not share @/);
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
  assert.equal(said.length, 2); // one for each part
});

test("a message shows how far the laboratory is, or its last line, without what was written over", () => {
  const stage = (/** @type {[string, number, number | null]} */ ...kernel_lab) =>
    shown({ header: { msg_type: "update_display_data" }, parent_header: {}, content: { metadata: { kernel_lab } } });
  assert.equal(stage("compiling the kernel", 16, 800), "compiling the kernel, 2 %");
  assert.equal(stage("booting (tcg)", 0, null), "booting (tcg)");
  const text = (/** @type {string} */ type, /** @type {object} */ content) => shown({ header: { msg_type: type }, parent_header: {}, content });
  assert.equal(text("stream", { text: "one\ntwo\n" }), "two");
  assert.equal(text("stream", { text: "old\rnew\r\n" }), "new");
  assert.equal(text("update_display_data", { data: { "text/plain": "compiling the kernel: 16/800" } }), "compiling the kernel: 16/800");
  for (const content of [{ data: { "text/html": "<b>" } }, { text: "" }, {}]) assert.equal(text("display_data", content), "");
});

/** A notebook's page, and what it says. */
function opened(status = "unknown") {
  /** @type {{message: string, type: string}[]} */
  const said = [];
  /** @type {Record<string, (sender: unknown, value: any) => void>} */
  const slots = {};
  const signal = (/** @type {string} */ name) => ({ connect: (/** @type {any} */ slot) => (slots[name] = slot) });
  const notifications = {
    emit: (/** @type {string} */ message, /** @type {any} */ type) => (said.push({ message, type }), "1"),
    update: (/** @type {any} */ { message, type }) => (said.push({ message, type }), true),
    dismiss: () => void said.push({ message: "", type: "" }),
  };
  const session = { kernel: { clientId: "here", status } };
  watch(notifications, {
    title: { label: "16-the-same-hook-as-struct-ops.ipynb" },
    sessionContext: { iopubMessage: signal("message"), statusChanged: signal("status"), ready: Promise.resolve(), session },
  });
  /** @param {string} type @param {object} content @param {string} [from] @param {string} [asked] */
  function hear(type, content, from = "closed", asked = "execute_request") {
    slots.message(null, { header: { msg_type: type }, parent_header: { session: from, msg_type: asked }, content });
    return said.at(-1);
  }
  return { said, hear, changes: (/** @type {string} */ to) => slots.status(null, to) };
}

test("a page that finds a cell at work says so, what it shows, and that it has ended", () => {
  const { said, hear } = opened();
  const at = hear("update_display_data", { data: { "text/plain": "compiling the kernel: 16/800" } });
  assert.match(at?.message ?? "", /^16-the-same-hook-as-struct-ops is still at work: compiling the kernel: 16\/800\. What stands below the cell is older\.$/);
  assert.equal(at?.type, "in-progress");
  hear("update_display_data", { data: { "text/plain": "" } }); // the bar goes away
  assert.deepEqual(said, [at]);
  const ended = hear("status", { execution_state: "idle" });
  assert.match(ended?.message ?? "", /struct-ops: it has ended\. Its output went to the page that was closed; run the cell again/);
  assert.equal(ended?.type, "info");
  for (const { message } of said) assert.ok(message.length <= 140, "JupyterLab cuts what is longer");
  assert.equal(hear("execute_input", {}, "here")?.message, "", "the reader goes on");
});

test("a cell that ended with an error says which", () => {
  const { hear } = opened();
  hear("error", { ename: "BootFailed", evalue: "the guest is silent" });
  const ended = hear("status", { execution_state: "idle" });
  assert.match(ended?.message ?? "", /it has ended with BootFailed: the guest is silent$/);
  assert.equal(ended?.type, "error");
});

test("what this page has asked for itself, and what is no cell, says nothing", () => {
  const { said, hear, changes } = opened();
  hear("stream", { text: "own" }, "here");
  hear("status", { execution_state: "idle" }, "here");
  hear("status", { execution_state: "idle" }, "closed", "kernel_info_request");
  hear("execute_input", {}, "here");
  changes("restarting");
  assert.equal(said.length, 0);
  hear("stream", { text: "theirs" });
  changes("restarting");
  assert.equal(said.at(-1)?.message, "");
});

test("a kernel that does not answer a new page is at work, though it shows nothing", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const [silent, ready] = [opened(), opened("idle")];
  await Promise.resolve();
  context.mock.timers.tick(2000);
  assert.match(silent.said[0].message, /^16-the-same-hook-as-struct-ops is still at work\. /);
  assert.deepEqual(ready.said, []);
});
