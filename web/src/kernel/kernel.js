// SPDX-License-Identifier: GPL-2.0-only
/**
 * A running kernel: the emulator that holds it, its console, and the agent that loads programs for the playground.
 */

import { endingIn } from "./ending.js";
import { IMMEDIATE, INSTRUCTION_BYTES } from "./instruction.js";
import { FORBIDDEN, hearErrors, patiently, unless, within } from "./guard.js";
import { AGENT, CONSOLE, MACHINE } from "./machine.js";
import { reason } from "./problem.js";

const PIECE = 256; // instructions' bytes in one request: as hex it is well below what the serial line's driver holds
const NEWLINE = 10;
const START_MS = 45_000; // a slow phone takes five seconds
const ALIVE_MS = 5_000; // an answer that needs no work takes some milliseconds
/** The agent ends a load after 10 and 60 seconds of its own clock (guest/agent.c). All else takes it milliseconds. */
const LOAD_SECONDS = 100;
const ANSWER_SECONDS = 40;
const LONGEST_WORD = 200; // characters in which the kernel says that it ends
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The kernel is gone, or was started over, while somebody waited for it. */
export class KernelGone extends Error {}

/**
 * @typedef {object} Answer What the kernel said to a program.
 * @property {boolean} accepted
 * @property {string} errno such as EACCES; without meaning if accepted
 * @property {string} log
 * @property {boolean} [cut] true if the log's rest is missing
 */

/** @typedef {{number: number, key: number, value: number, entries: number}} MapSizes a map to make: its type's number, and its sizes */

/** @typedef {{slot: number, map: number}} Reference that instruction takes that map */

/**
 * @typedef {object} Program
 * @property {Uint8Array} insns eight bytes an instruction
 * @property {readonly MapSizes[]} [maps] that are made for it
 * @property {readonly Reference[]} [references]
 */

/** @typedef {{map: number, error: string}} NoMap that map could not be made, and why */

/**
 * @typedef {object} Contents what is in a map, in hex, and of each element no more than the first 64 bytes
 * @property {[key: string, value: string][]} elements of an array only those that are not zero
 * @property {boolean} cut true if there are more
 * @property {string | null} error
 */

/** @typedef {{insns: Uint8Array, cut: boolean, error: string | null}} Translation a program as the verifier has left it; cut: its beginning */

/** @typedef {{name: string, cut: boolean, text: string}} Reply what the agent says to a request */

/**
 * @typedef {object} Waiting
 * @property {string} request
 * @property {(reply: Reply) => void} resolve
 * @property {(reason: KernelGone) => void} reject
 */

/**
 * @typedef {object} Parts what a kernel is started from
 * @property {typeof import("v86").V86} V86 the emulator's class
 * @property {Uint8Array<ArrayBuffer>} wasm the emulator's machine code
 * @property {Uint8Array<ArrayBuffer>} state the machine as it was saved, its kernel booted
 */

const PING = "ping"; // which the agent does not know, and says so: it is alive

/** @returns {Error} */
function notStarted() {
  return new Error(`the emulator did not answer within ${START_MS / 1000} seconds`);
}

/** The emulator's own scripts, as they stand in an error's stack. */
const EMULATOR = /emulator-|wasm|blob:/;

export class Kernel {
  #parts;
  /** @type {import("v86").V86 | undefined} */
  #emulator;
  /** @type {Agent | undefined} */
  #agent;
  /** @type {Set<(byte: number) => void>} */
  #listeners = new Set();
  /** @type {Set<(why: string) => void>} */
  #mourners = new Set();
  #deaf = () => {}; // ends the listening to errors
  #said = ""; // the last words on the console

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * Put the machine into its saved state, whatever it did meanwhile; what waits for an answer is told.
   * @param {AbortSignal} [signal] ends it
   * @returns {Promise<void>} that it answers; rejected where anything goes wrong, or takes too long
   */
  async reset(signal) {
    this.#discard("The kernel was started over.");
    try {
      await within(unless(signal, this.#start()), START_MS, notStarted);
    } catch (error) {
      this.#discard("The kernel was not started.");
      throw error;
    }
  }

  /** @returns {Promise<void>} that the machine runs and answers */
  #start() {
    const { V86, wasm, state } = this.#parts;
    return new Promise((resolve, reject) => {
      let started = false;
      this.#deaf = hearErrors((error, place) => {
        if (!started) reject(error);
        else if (place !== FORBIDDEN && EMULATOR.test(place)) this.#end(`the emulator failed: ${reason(error)}`);
      });
      const agent = new Agent((bytes) => emulator.serial_send_bytes(AGENT, bytes));
      const emulator = new V86({
        ...MACHINE,
        wasm_fn: async (imports) => {
          const made = WebAssembly.instantiate(wasm, imports);
          return (await made.catch((error) => (reject(error), new Promise(() => {})))).instance.exports;
        },
        initial_state: { buffer: state.buffer },
        autostart: true,
      });
      this.#agent = agent;
      this.#emulator = emulator;
      emulator.add_listener(`serial${AGENT}-output-byte`, (byte) => agent.receive(byte));
      emulator.add_listener(`serial${CONSOLE}-output-byte`, (byte) => this.#hear(byte));
      emulator.add_listener("emulator-started", async () => {
        if (emulator !== this.#emulator) return destroy(emulator); // nobody waits for it any more
        await agent.ask(PING).catch(() => {});
        started = true;
        resolve();
      });
    });
  }

  /** @param {string} why */
  #discard(why) {
    this.#deaf();
    this.#agent?.end(why);
    destroy(this.#emulator);
    this.#emulator = this.#agent = undefined;
    this.#said = "";
  }

  /** @param {number} byte of the console */
  #hear(byte) {
    for (const listener of this.#listeners) listener(byte);
    if (byte !== NEWLINE) {
      this.#said = (this.#said + String.fromCharCode(byte)).slice(-LONGEST_WORD);
      return;
    }
    const ending = endingIn(this.#said);
    this.#said = "";
    if (ending) this.#askWhetherAlive(ending);
  }

  /**
   * A command can print the kernel's last words, too; after them, a kernel that lives answers.
   * @param {string} words
   */
  async #askWhetherAlive(words) {
    const agent = this.#agent;
    if (!agent) return;
    try {
      await within(agent.ask(PING), ALIVE_MS, () => new Error("no answer"));
    } catch {
      if (agent === this.#agent) this.#end(`it said “${words}”`);
    }
  }

  /** @param {string} why */
  #end(why) {
    this.#discard(`The kernel has ended: ${why}.`);
    for (const mourner of this.#mourners) mourner(why);
  }

  /** @param {(why: string) => void} mourner is told when the kernel has ended by itself */
  onEnd(mourner) {
    this.#mourners.add(mourner);
  }

  /** @param {(byte: number) => void} listener is told each byte that the console's shell or the kernel prints */
  onConsole(listener) {
    this.#listeners.add(listener);
  }

  /** @param {string} text what a keyboard would send to the console */
  type(text) {
    this.#emulator?.serial_send_bytes(CONSOLE, encoder.encode(text));
  }

  /**
   * Give a program to the verifier.
   * @param {Program} program
   * @param {boolean} [least] with the capabilities that this takes, and no others; otherwise as root
   * @returns {Promise<Answer | NoMap>}
   */
  async load({ insns: unlinked, maps = [], references = [] }, least = false) {
    await this.#asked(least ? "begin least" : "begin");
    /** @type {number[]} */
    const descriptors = [];
    for (const { number, key, value, entries } of maps) {
      const { name, text } = await this.#asked(`map ${number} ${key} ${value} ${entries}`);
      if (name !== "ok") return { map: descriptors.length, error: name };
      descriptors.push(Number(text));
    }
    const insns = linked(unlinked, references, descriptors);
    for (let at = 0; at < insns.length; at += PIECE) {
      await this.#asked(`insns ${hex(insns.subarray(at, at + PIECE))}`);
    }
    const { name, cut, text } = await this.#asked("load", LOAD_SECONDS);
    return { accepted: name === "ok", errno: name, log: text, cut };
  }

  /**
   * Whatever became of the agent, the wait for it has an end; and then, so has the machine.
   * @param {string} request
   * @param {number} [seconds]
   * @returns {Promise<Reply>}
   */
  #asked(request, seconds = ANSWER_SECONDS) {
    const agent = this.#agent;
    if (!agent) return Promise.reject(new KernelGone("The kernel was never started."));
    return patiently(agent.ask(request), seconds, () => {
      const why = `nothing has come from it for ${seconds} seconds`;
      if (agent === this.#agent) this.#discard(why);
      return new KernelGone(why);
    });
  }

  /**
   * Attach the program that was loaded last.
   * @returns {Promise<{error: string | null}>}
   */
  async attach() {
    const { name } = await this.#asked("attach");
    return { error: name === "ok" ? null : name };
  }

  /**
   * Write a number to /sys/oreore/bpf, and read the answer.
   * @param {number} value from 0 to 2³² - 1
   * @returns {Promise<{answer: number} | {error: string}>}
   */
  async run(value) {
    const { name, text } = await this.#asked(`run ${value}`);
    return name === "ok" ? { answer: Number(text) } : { error: name };
  }

  /**
   * Ask for the program that was loaded last, as the verifier has left it.
   * @returns {Promise<Translation>}
   */
  async translation() {
    const { name, cut, text } = await this.#asked("xlated");
    const insns = Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    return { insns, cut, error: name === "ok" ? null : name };
  }

  /**
   * Look into a map of the program that was loaded last.
   * @param {number} index among that program's maps
   * @returns {Promise<Contents>}
   */
  async show(index) {
    const { name, cut, text } = await this.#asked(`show ${index}`);
    const elements = text.split("\n").filter(Boolean).map((line) => /** @type {[string, string]} */ (line.split(" ")));
    return { elements, cut, error: name === "ok" ? null : name };
  }
}

/**
 * @param {Uint8Array} insns
 * @param {readonly Reference[]} references
 * @param {readonly number[]} descriptors of the maps
 * @returns {Uint8Array} the instructions with the maps' descriptors in them
 */
function linked(insns, references, descriptors) {
  const bytes = Uint8Array.from(insns);
  const view = new DataView(bytes.buffer);
  for (const { slot, map } of references) view.setInt32(slot * INSTRUCTION_BYTES + IMMEDIATE, descriptors[map], true);
  return bytes;
}

/**
 * Nobody waits for it: an emulator that failed never says that it has stopped.
 * @param {import("v86").V86 | undefined} emulator
 */
async function destroy(emulator) {
  try {
    await emulator?.destroy();
  } catch {
    // It is as gone as it can be.
  }
}

/** The host's end of the line to guest/agent.c: one request at a time, each with one reply. */
export class Agent {
  #send;
  /** @type {Waiting[]} */
  #waiting = [];
  /** @type {{name: string, cut: boolean, length: number} | null} */
  #header = null;
  /** @type {number[]} */
  #received = [];
  /** @type {string | null} */
  #ended = null;

  /** @param {(bytes: Uint8Array) => void} send */
  constructor(send) {
    this.#send = send;
  }

  /**
   * @param {string} request one line
   * @returns {Promise<Reply>} raises KernelGone
   */
  ask(request) {
    if (this.#ended) return Promise.reject(new KernelGone(this.#ended));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      if (this.#waiting.length === 1) this.#next();
    });
  }

  /** @param {number} byte of a reply: "NAME CUT LENGTH\n", then LENGTH bytes */
  receive(byte) {
    this.#received.push(byte);
    if (!this.#header && byte === NEWLINE) {
      const [name, cut, length] = decoder.decode(new Uint8Array(this.#received)).trim().split(" ");
      this.#header = { name, cut: cut === "1", length: Number(length) };
      this.#received = [];
    }
    if (this.#header?.length === this.#received.length) this.#answer(this.#header);
  }

  /** @param {string} reason what those who wait are told */
  end(reason) {
    this.#ended = reason;
    for (const { reject } of this.#waiting.splice(0)) reject(new KernelGone(reason));
  }

  /** @param {{name: string, cut: boolean}} header */
  #answer({ name, cut }) {
    const text = decoder.decode(new Uint8Array(this.#received));
    this.#header = null;
    this.#received = [];
    this.#waiting.shift()?.resolve({ name, cut, text });
    if (this.#waiting.length) this.#next();
  }

  #next() {
    this.#send(encoder.encode(`${this.#waiting[0].request}\n`));
  }
}

/**
 * @param {Uint8Array} bytes
 * @returns {string}
 */
function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
