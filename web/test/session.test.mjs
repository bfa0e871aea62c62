// SPDX-License-Identifier: GPL-2.0-only
import assert from "node:assert/strict";
import { test } from "node:test";

import { Problem } from "../src/kernel/problem.js";
import { createSession, STOPPED } from "../src/kernel/session.js";

const PROGRAM = { insns: new Uint8Array(8) };
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
    show: async () => ({ elements: [["00000000", "2a000000"]], cut: false, error: null }),
    translation: async () => ({ insns: new Uint8Array(8), cut: false, error: null }),
    reset: async () => {},
    ...overrides,
  };
}

/** @param {import("../src/kernel/session.js").Start} start */
function sessionWith(start) {
  /** @type {string[]} */
  const states = [];
  const session = createSession({ start, onState: (state) => states.push(state) });
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
  assert.deepEqual(await session.show(0), { elements: [["00000000", "2a000000"]], cut: false, error: null });
});

test("progress is handed on", async () => {
  /** @type {(object | undefined)[]} */
  const seen = [];
  /** @type {import("../src/kernel/session.js").Start} */
  const start = async ({ onProgress }) => (onProgress({ what: "fetching", done: 1, total: 2 }), kernel());
  const session = createSession({ start, onState: (state, progress) => state === "starting" && seen.push(progress) });
  await session.load(PROGRAM);
  assert.deepEqual(seen, [{}, { what: "fetching", done: 1, total: 2 }]);
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
      "The kernel could not be started: the download broke off. Press the button again; if that does not help, reload the page.",
    );
    assert.equal(states.at(-1), "off");
    fails = false;
    assert.deepEqual(await session.load(PROGRAM), ACCEPTED);
  });
}

test("a kernel that dies is replaced at the next load", async () => {
  const kernels = [kernel({ load: () => Promise.reject(new Error("panic")) }), kernel()];
  const { session, states } = sessionWith(async () => kernels.shift() ?? assert.fail());
  assert.match(failureOf(await session.load(PROGRAM)), /does not answer any more: panic\. Start over/);
  assert.equal(states.at(-1), "off");
  assert.match(failureOf(await session.run(1)), /gone/);
  assert.deepEqual(await session.load(PROGRAM), ACCEPTED);
});

test("in the place of a kernel that is gone, a new one can be started before anything is loaded", async () => {
  const kernels = [kernel({ run: () => Promise.reject(new Error("silence")) }), kernel()];
  const { session, states } = sessionWith(async () => kernels.shift() ?? assert.fail());
  await session.load(PROGRAM);
  const answer = await session.run(1);
  assert.match(failureOf(answer), /silence/);
  assert.ok("gone" in answer && answer.gone);
  assert.equal(await session.start(), null);
  assert.equal(states.at(-1), "ready");
  assert.deepEqual(await session.run(1), { answer: 43 });
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

test("a start that is stopped ends at once, and the next load starts anew", async () => {
  const signals = /** @type {AbortSignal[]} */ ([]);
  const { session, states } = sessionWith(({ signal }) => {
    signals.push(signal);
    return signals.length > 1
      ? Promise.resolve(kernel())
      : new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  const first = session.load(PROGRAM);
  assert.equal(await session.reset(), null);
  assert.equal(await first, STOPPED);
  assert.equal(states.at(-1), "off");
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true],
  );
  assert.deepEqual(await session.load(PROGRAM), ACCEPTED);
});

test("what a stopped start brings too late is not taken", async () => {
  const late = promised();
  const starts = [late.promise, Promise.resolve(kernel({ attach: async () => ({ error: "the second" }) }))];
  const { session } = sessionWith(() => starts.shift() ?? assert.fail());
  const first = session.load(PROGRAM);
  await session.reset();
  assert.deepEqual(await session.load(PROGRAM), ACCEPTED);
  late.resolve(kernel({ attach: async () => ({ error: "the first" }) }));
  assert.equal(await first, STOPPED);
  assert.deepEqual(await session.attach(), { error: "the second" });
});

test("a sentence that has its next step gets no other one", async () => {
  const { session } = sessionWith(() => Promise.reject(new Problem("The server is tired. Wait a little.")));
  assert.equal(failureOf(await session.load(PROGRAM)), "The server is tired. Wait a little.");
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
