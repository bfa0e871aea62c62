// SPDX-License-Identifier: GPL-2.0-only
import assert from "node:assert/strict";
import { test } from "node:test";

import { createSession, STOPPED } from "../src/kernel/session.js";

const PROGRAM = new Uint8Array(8);
const ACCEPTED = { accepted: true, errno: "", log: "", cut: false };

/** @typedef {import("../src/kernel/session.js").Kernel} Kernel */

/**
 * @param {object} answer
 * @returns {string} why there is none
 */
function failureOf(answer) {
  assert.ok("failure" in answer && typeof answer.failure === "string", JSON.stringify(answer));
  return answer.failure;
}

/** A promise that the test keeps or breaks when it likes. */
function promised() {
  /** @type {(value: any) => void} */
  let resolve = () => assert.fail();
  /** @type {(reason: unknown) => void} */
  let reject = () => assert.fail();
  const promise = new Promise((keep, breakIt) => ([resolve, reject] = [keep, breakIt]));
  return { promise, resolve, reject };
}

/**
 * @param {Partial<Kernel>} [overrides]
 * @returns {Kernel}
 */
function kernel(overrides = {}) {
  return {
    load: async () => ACCEPTED,
    attach: async () => ({ error: null }),
    run: async (value) => ({ answer: value + 42 }),
    reset: async () => {},
    ...overrides,
  };
}

/**
 * @param {import("../src/kernel/session.js").Start} start
 * @param {{capable?: boolean}} [options]
 */
function sessionWith(start, options = {}) {
  /** @type {string[]} */
  const states = [];
  const session = createSession({ start, onState: (state) => states.push(state), ...options });
  return { session, states };
}

test("the first load starts the kernel, the second finds it running", async () => {
  let starts = 0;
  const { session, states } = sessionWith(async () => (starts++, kernel()));
  assert.deepEqual(await session.load(PROGRAM), ACCEPTED);
  assert.deepEqual(await session.load(PROGRAM), ACCEPTED);
  assert.equal(starts, 1);
  assert.deepEqual(states, ["starting", "working", "ready", "working", "ready"]);
});

test("what was loaded is attached and run", async () => {
  const { session } = sessionWith(async () => kernel());
  await session.load(PROGRAM);
  assert.deepEqual(await session.attach(), { error: null });
  assert.deepEqual(await session.run(1), { answer: 43 });
});

test("progress is handed on", async () => {
  /** @type {(object | undefined)[]} */
  const seen = [];
  /** @type {import("../src/kernel/session.js").Start} */
  const start = async (onProgress) => (onProgress({ what: "fetching", done: 1, total: 2 }), kernel());
  const session = createSession({ start, onState: (state, progress) => state === "starting" && seen.push(progress) });
  await session.load(PROGRAM);
  assert.deepEqual(seen, [{}, { what: "fetching", done: 1, total: 2 }]);
});

test("without WebAssembly nothing is fetched", async () => {
  const { session, states } = sessionWith(() => assert.fail(), { capable: false });
  assert.match(failureOf(await session.load(PROGRAM)), /no WebAssembly.*another browser/);
  assert.deepEqual(states, []);
});

const BROKE_OFF = {
  later: () => Promise.reject(new Error("the download broke off.")),
  "at once": () => {
    throw new Error("the download broke off.");
  },
};
for (const [how, start] of Object.entries(BROKE_OFF)) {
  test(`a start that fails ${how} says why, and can be tried again`, async () => {
    let fails = true;
    const { session, states } = sessionWith(() => (fails ? start() : Promise.resolve(kernel())));
    assert.equal(
      failureOf(await session.load(PROGRAM)),
      "The kernel could not be started: the download broke off. Look at the connection, then press Load again.",
    );
    assert.equal(states.at(-1), "off");
    fails = false;
    assert.deepEqual(await session.load(PROGRAM), ACCEPTED);
  });
}

test("a kernel that dies is replaced at the next load", async () => {
  const kernels = [kernel({ load: () => Promise.reject(new Error("panic")) }), kernel()];
  const { session, states } = sessionWith(async () => kernels.shift() ?? assert.fail());
  assert.match(failureOf(await session.load(PROGRAM)), /does not answer any more: panic\. Press Load/);
  assert.equal(states.at(-1), "off");
  assert.match(failureOf(await session.run(1)), /gone/);
  assert.deepEqual(await session.load(PROGRAM), ACCEPTED);
});

test("a load that is stopped gives no answer, neither late nor broken", async () => {
  for (const end of /** @type {const} */ (["resolve", "reject"])) {
    const answer = promised();
    const { session, states } = sessionWith(async () => kernel({ load: () => answer.promise }));
    const loading = session.load(PROGRAM);
    await new Promise(setImmediate);
    assert.equal(await session.reset(), null);
    answer[end](ACCEPTED);
    assert.equal(await loading, STOPPED);
    assert.equal(states.at(-1), "ready");
  }
});

test("a start that is stopped goes on behind, and serves the next load", async () => {
  const started = promised();
  let starts = 0;
  const { session, states } = sessionWith(() => (starts++, started.promise));
  const first = session.load(PROGRAM);
  await session.reset();
  assert.equal(states.at(-1), "off");
  const second = session.load(PROGRAM);
  started.resolve(kernel());
  assert.equal(await first, STOPPED);
  assert.deepEqual(await second, ACCEPTED);
  assert.equal(starts, 1);
});

test("a kernel that cannot be reset is given up", async () => {
  const { session, states } = sessionWith(async () => kernel({ reset: () => Promise.reject("no state") }));
  await session.load(PROGRAM);
  assert.match(failureOf((await session.reset()) ?? {}), /could not be reset: no state\. Press Load/);
  assert.equal(states.at(-1), "off");
});

test("an error without words gets some", async () => {
  const { session } = sessionWith(() => Promise.reject(new Error("")));
  assert.match(failureOf(await session.load(PROGRAM)), /no reason was given/);
});
