// SPDX-License-Identifier: GPL-2.0-only
import assert from "node:assert/strict";
import { test } from "node:test";
import { endingIn } from "../src/kernel/ending.js";
import { hearErrors } from "../src/kernel/guard.js";
import { Agent, Kernel, KernelGone } from "../src/kernel/kernel.js";

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

// The emulator, as bad as it can be

const SMALLEST = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const REPLY = new TextEncoder().encode("EINVAL 0 0\n");

/** An emulator that starts, and whose agent answers; the tests break it. */
class Emulator {
  /** @type {Map<string, (byte?: number) => void>} */
  listeners = new Map();
  alive = true;
  /** @type {Emulator[]} */
  static made = [];

  /** @param {{wasm_fn: (imports: object) => Promise<object>}} options */
  constructor(options) {
    Emulator.made.push(this);
    this.begin(options);
  }

  /** @param {{wasm_fn: (imports: object) => Promise<object>}} options */
  async begin({ wasm_fn }) {
    await wasm_fn({});
    this.listeners.get("emulator-started")?.();
  }

  /** @param {string} event @param {(byte?: number) => void} listener */
  add_listener(event, listener) {
    this.listeners.set(event, listener);
  }

  /** @param {number} port @param {Uint8Array} bytes */
  serial_send_bytes(port, bytes) {
    if (this.alive && port === 1 && bytes.length) REPLY.forEach((byte) => this.listeners.get("serial1-output-byte")?.(byte));
  }

  /** @param {string} text on the console */
  print(text) {
    new TextEncoder().encode(text).forEach((byte) => this.listeners.get("serial0-output-byte")?.(byte));
  }

  async destroy() {
    return new Promise(() => {}); // as one that failed: it never says that it has stopped
  }
}

/** @param {{V86?: any, wasm?: Uint8Array<ArrayBuffer>}} [parts] */
function kernelWith({ V86 = Emulator, wasm = SMALLEST } = {}) {
  return new Kernel({ V86, wasm, state: new Uint8Array() });
}

/** @param {any} context of a test: its clock is at hand, and the page's events are the test's */
function pageOf(context) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const page = new EventTarget();
  Object.assign(globalThis, {
    addEventListener: page.addEventListener.bind(page),
    removeEventListener: page.removeEventListener.bind(page),
  });
  context.after(() => {
    Reflect.deleteProperty(globalThis, "addEventListener");
    Reflect.deleteProperty(globalThis, "removeEventListener");
  });
  return page;
}

/** @param {string} name @param {object} properties */
const event = (name, properties) => Object.assign(new Event(name), properties);

test("maps are made before the program that uses them, and their descriptors put into it", async () => {
  /** @type {string[]} */
  const requests = [];
  let text = "";
  const replies = ["EINVAL 0 0\n", "ok 0 0\n", "ok 0 1\n7", "ok 0 1\n9", "ok 0 0\n", "ok 0 3\nlog", "ok 1 18\n00000000 2a000000\n", "ok 0 16\nb700000001000000"];
  const V86 = class extends Emulator {
    /** @param {number} port @param {Uint8Array} bytes */
    serial_send_bytes(port, bytes) {
      assert.equal(port, 1);
      text += new TextDecoder().decode(bytes);
      if (!text.endsWith("\n")) return;
      requests.push(text.trim());
      text = "";
      const reply = new TextEncoder().encode(replies[requests.length - 1]);
      reply.forEach((byte) => this.listeners.get("serial1-output-byte")?.(byte));
    }
  };
  const kernel = kernelWith({ V86 });
  await kernel.reset();
  const insns = Uint8Array.of(...[0x18, 0x11, 0, 0, 0, 0, 0, 0], ...[0, 0, 0, 0, 0, 0, 0, 0], ...[0x95, 0, 0, 0, 0, 0, 0, 0]);
  const maps = [
    { number: 2, key: 4, value: 4, entries: 1 },
    { number: 22, key: 0, value: 8, entries: 3 },
  ];
  const answer = await kernel.load({ insns, maps, references: [{ slot: 0, map: 1 }] }, true);
  assert.deepEqual(answer, { accepted: true, errno: "ok", log: "log", cut: false });
  assert.deepEqual(await kernel.show(0), { elements: [["00000000", "2a000000"]], cut: true, error: null });
  const insn = Uint8Array.of(0xb7, 0, 0, 0, 1, 0, 0, 0);
  assert.deepEqual(await kernel.translation(), { insns: insn, cut: false, error: null });
  const written = "insns 181100000900000000000000000000009500000000000000";
  assert.deepEqual(requests, ["ping", "begin least", "map 2 4 4 1", "map 22 0 8 3", written, "load", "show 0", "xlated"]);
  assert.equal(insns[4], 0, "the program itself stays as it was");
});

test("a map that can't be made is told, and nothing is loaded", async () => {
  const kernel = kernelWith(); // whose agent says EINVAL to all
  await kernel.reset();
  const maps = [{ number: 2, key: 4, value: 4, entries: 1 }];
  assert.deepEqual(await kernel.load({ insns: new Uint8Array(8), maps }), { map: 0, error: "EINVAL" });
});

test("a kernel that answers is started, and started over", async () => {
  const kernel = kernelWith();
  await kernel.reset();
  await kernel.reset();
});

test("an emulator that throws when it is made is an error", async () => {
  const V86 = class {
    constructor() {
      throw new Error("boom");
    }
  };
  await assert.rejects(kernelWith({ V86 }).reset(), /boom/);
});

test("machine code that does not compile is an error", async () => {
  await assert.rejects(kernelWith({ wasm: Uint8Array.of(1, 2, 3) }).reset(), /WebAssembly/);
});

for (const [what, make] of Object.entries({
  "throws later": () => event("error", { error: new Error("boom"), filename: "emulator-1.js" }),
  "breaks a promise": () => event("unhandledrejection", { reason: new Error("boom") }),
  "is forbidden a worker": () =>
    event("securitypolicyviolation", { disposition: "enforce", effectiveDirective: "worker-src boom" }),
})) {
  test(`an emulator that ${what} while it starts is an error`, async (context) => {
    const page = pageOf(context);
    const V86 = class extends Emulator {
      async begin() {}
    };
    const start = kernelWith({ V86 }).reset();
    page.dispatchEvent(make());
    await assert.rejects(start, /boom/);
  });
}

test("an emulator that never starts, and one that never answers, have a limit", async (context) => {
  pageOf(context);
  const silent = class extends Emulator {
    alive = false;
  };
  const still = class extends Emulator {
    async begin() {}
  };
  for (const V86 of [still, silent]) {
    const start = assert.rejects(kernelWith({ V86 }).reset(), /did not answer within 45 seconds/);
    await new Promise(setImmediate);
    context.mock.timers.tick(45_000);
    await start;
  }
});

/** @type {[string, (kernel: Kernel) => Promise<unknown>][]} */
const ASKED = [
  ["begin", (kernel) => kernel.load({ insns: new Uint8Array(8) })],
  ["attach", (kernel) => kernel.attach()],
  ["run", (kernel) => kernel.run(1)],
  ["show", (kernel) => kernel.show(0)],
  ["xlated", (kernel) => kernel.translation()],
];
for (const [what, ask] of ASKED) {
  test(`an agent that says nothing more to ${what} is given up, and its machine ended`, async (context) => {
    const kernel = kernelWith();
    await kernel.reset();
    context.mock.timers.enable({ apis: ["setInterval"] });
    const emulator = Emulator.made.at(-1) ?? assert.fail();
    emulator.alive = false;
    let ended = 0;
    emulator.destroy = async () => void (ended += 1);
    /** @type {string[]} */
    const said = [];
    const asked = ask(kernel).catch((error) => said.push(error.message));
    for (let second = 1; second < 40; second++) context.mock.timers.tick(1000);
    await new Promise(setImmediate);
    assert.deepEqual([said, ended], [[], 0]);
    context.mock.timers.tick(1000);
    await asked;
    assert.deepEqual([said, ended], [["nothing has come from it for 40 seconds"], 1]);
    await assert.rejects(kernel.run(1), KernelGone);
  });
}

test("the verifier has longer than the agent lets it walk", async (context) => {
  const kernel = kernelWith();
  await kernel.reset();
  context.mock.timers.enable({ apis: ["setInterval"] });
  const emulator = Emulator.made.at(-1) ?? assert.fail();
  const send = emulator.serial_send_bytes.bind(emulator);
  emulator.serial_send_bytes = (port, bytes) => void (new TextDecoder().decode(bytes) === "load\n" || send(port, bytes));
  let over = false;
  const asked = kernel.load({ insns: new Uint8Array(8) }).catch(({ message }) => ((over = true), message));
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  for (let second = 1; second < 100; second++) context.mock.timers.tick(1000);
  await new Promise(setImmediate);
  assert.equal(over, false);
  context.mock.timers.tick(1000);
  assert.equal(await asked, "nothing has come from it for 100 seconds");
});

test("a start that is cancelled ends at once", async () => {
  const V86 = class extends Emulator {
    async begin() {}
  };
  const controller = new AbortController();
  const start = kernelWith({ V86 }).reset(controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(start, /enough/);
});

test("an emulator that starts when nobody waits for it any more is ended, and asked nothing", async () => {
  let ended = 0;
  const V86 = class extends Emulator {
    async begin() {}
    async destroy() {
      ended += 1;
    }
    serial_send_bytes() {
      assert.fail();
    }
  };
  const controller = new AbortController();
  const start = kernelWith({ V86 }).reset(controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(start);
  Emulator.made.at(-1)?.listeners.get("emulator-started")?.();
  assert.equal(ended, 2);
});

test("a kernel that has ended is told, and who waits for it, too", async (context) => {
  pageOf(context);
  const kernel = kernelWith();
  /** @type {string[]} */
  const told = [];
  kernel.onEnd((why) => told.push(why));
  await kernel.reset();
  const emulator = Emulator.made.at(-1) ?? assert.fail();
  emulator.alive = false;
  const waiting = assert.rejects(kernel.run(1), KernelGone);
  emulator.print("reboot: System halted\r\n");
  context.mock.timers.tick(5_000);
  await waiting;
  assert.deepEqual(told, ["it said “reboot: System halted”"]);
});

test("a kernel whose last words were only printed goes on", async () => {
  const kernel = kernelWith();
  kernel.onEnd(() => assert.fail());
  await kernel.reset();
  Emulator.made.at(-1)?.print("reboot: System halted\r\n");
  await new Promise(setImmediate);
  assert.deepEqual(await kernel.run(1), { error: "EINVAL" });
});

test("an emulator that fails in the middle has ended; what other scripts throw does not matter", async (context) => {
  const page = pageOf(context);
  const kernel = kernelWith();
  /** @type {string[]} */
  const told = [];
  kernel.onEnd((why) => told.push(why));
  await kernel.reset();
  const other = Object.assign(new Error("other"), { stack: "at menu.js:1" });
  page.dispatchEvent(event("error", { error: other, filename: "menu.js" }));
  assert.deepEqual(told, []);
  page.dispatchEvent(event("error", { error: new Error("unreachable"), filename: "https://book/emulator-1.js" }));
  assert.deepEqual(told, ["the emulator failed: unreachable"]);
});

test("an event without an error is none", () => {
  const page = new EventTarget();
  hearErrors(() => assert.fail(), page);
  page.dispatchEvent(event("error", { error: null, filename: "" }));
  page.dispatchEvent(event("securitypolicyviolation", { disposition: "enforce", effectiveDirective: "img-src" }));
  page.dispatchEvent(event("securitypolicyviolation", { disposition: "report", effectiveDirective: "script-src" }));
});

test("a kernel's last words are known", () => {
  for (const last of ["reboot: Power down", "reboot: System halted", "reboot: Restarting system"]) {
    assert.equal(endingIn(`[    1.5] ${last}`), last);
  }
  const panic = "Kernel panic - not syncing: Fatal exception";
  assert.equal(endingIn(`---[ end ${panic} ]---`), panic);
  assert.equal(endingIn("# poweroff -f"), null);
});
