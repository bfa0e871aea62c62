// SPDX-License-Identifier: GPL-2.0-only
import assert from "node:assert/strict";
import { test } from "node:test";
import { Agent, KernelGone } from "../src/kernel/kernel.js";

/** An agent whose guest is the test: `answer` sends bytes back. */
function connected() {
  /** @type {string[]} */
  const asked = [];
  const agent = new Agent((bytes) => asked.push(new TextDecoder().decode(bytes)));
  const answer = (/** @type {string} */ text) => new TextEncoder().encode(text).forEach((byte) => agent.receive(byte));
  return { agent, asked, answer };
}

test("an answer has a name, and a text that may hold anything", async () => {
  const { agent, asked, answer } = connected();
  const load = agent.ask("load");
  assert.deepEqual(asked, ["load\n"]);
  answer("EACCES 1 22\nok 0 0\nR0 !read_ok\nü\n");
  assert.deepEqual(await load, { name: "EACCES", cut: true, text: "ok 0 0\nR0 !read_ok\nü\n" });
});

test("one question at a time, in order", async () => {
  const { agent, asked, answer } = connected();
  const answers = Promise.all([agent.ask("attach"), agent.ask("run 1")]);
  assert.deepEqual(asked, ["attach\n"]);
  answer("ok 0 0\n");
  assert.deepEqual(asked, ["attach\n", "run 1\n"]);
  answer("ok 0 3\n43\n");
  assert.deepEqual(
    (await answers).map(({ text }) => text),
    ["", "43\n"],
  );
});

test("what nobody asked for is dropped", async () => {
  const { agent, answer } = connected();
  answer("ok 0 0\n");
  const run = agent.ask("run 2");
  answer("ENOENT 0 0\n");
  assert.equal((await run).name, "ENOENT");
});

test("who waits is told when the kernel is gone, and so is who comes later", async () => {
  const { agent } = connected();
  const waiting = [agent.ask("load"), agent.ask("attach")];
  agent.end("The kernel was started over.");
  for (const one of [...waiting, agent.ask("run 1")]) await assert.rejects(one, KernelGone);
});
