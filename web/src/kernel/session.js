// SPDX-License-Identifier: GPL-2.0-only
/**
 * The kernel behind the page: it is started at the first need, asked one thing at a time, and started anew after it
 * died or was stopped. Nothing here throws: what goes wrong becomes a message with the next step.
 */

import { asProblem, Cancelled, reason } from "./problem.js";

/** @typedef {import("./kernel.js").Program} Program */
/** @typedef {import("./kernel.js").Answer} Answer */
/** @typedef {import("./kernel.js").NoMap} NoMap */

/**
 * @typedef {object} Kernel
 * @property {(program: Program, least?: boolean) => Promise<Answer | NoMap>} load
 * @property {() => Promise<{error: string | null}>} attach
 * @property {(value: number) => Promise<{answer: number} | {error: string}>} run
 * @property {(map: number) => Promise<import("./kernel.js").Contents>} show
 * @property {() => Promise<import("./kernel.js").Translation>} translation
 * @property {() => unknown} reset back to how it was after the start; may return a promise
 */

/**
 * @typedef {object} Progress
 * @property {string} [what] such as "fetching the kernel"
 * @property {number} [done] bytes, or steps
 * @property {number} [total]
 */

/** @typedef {(options: {onProgress: (progress: Progress) => void, signal: AbortSignal}) => Promise<Kernel>} Start */

/**
 * @typedef {"off" | "starting" | "ready" | "working"} State
 * working: a question has been asked, and is not answered yet
 */

/** @typedef {{failure: string, gone?: boolean}} Failure the kernel could not answer, or is gone; the sentence says what to do */

/** @type {Failure} */
export const STOPPED = Object.freeze({ failure: "" });

/**
 * @typedef {object} Session
 * @property {(program: Program, least?: boolean) => Promise<Answer | NoMap | Failure>} load
 * @property {() => Promise<{error: string | null} | Failure>} attach
 * @property {(value: number) => Promise<{answer: number} | {error: string} | Failure>} run
 * @property {(map: number) => Promise<import("./kernel.js").Contents | Failure>} show what is in it
 * @property {() => Promise<import("./kernel.js").Translation | Failure>} translation what the verifier has made of the program
 * @property {() => Promise<Failure | null>} start a new kernel, where there is none
 * @property {() => Promise<Failure | null>} reset stops whatever is going on, and takes the kernel back to its start
 */

/**
 * @param {object} options
 * @param {Start} options.start
 * @param {(state: State, progress?: Progress) => void} [options.onState]
 * @returns {Session}
 */
export function createSession({ start, onState = () => {} }) {
  /** @type {Kernel | null} */
  let kernel = null;
  let starting = new AbortController(); // ends the start that is under way
  let round = 0; // what was asked in an earlier round gets no answer any more

  /** @returns {Promise<Failure | null>} */
  async function wake() {
    if (kernel) return null;
    const mine = round;
    onState("starting", {});
    starting.abort(new Cancelled());
    starting = new AbortController();
    const { signal } = starting;
    const onProgress = (/** @type {Progress} */ progress) => {
      if (mine === round) onState("starting", progress);
    };
    try {
      const started = await start({ onProgress, signal });
      if (mine !== round) return STOPPED;
      kernel = started;
      return null;
    } catch (error) {
      if (mine !== round) return STOPPED;
      onState("off");
      return { failure: asProblem(error).message };
    }
  }

  /**
   * @template T
   * @param {(kernel: Kernel) => Promise<T>} question
   * @returns {Promise<T | Failure>}
   */
  async function ask(question) {
    if (!kernel) return gone();
    const mine = round;
    onState("working");
    try {
      const answer = await question(kernel);
      if (mine !== round) return STOPPED;
      onState("ready");
      return answer;
    } catch (error) {
      if (mine !== round) return STOPPED;
      forget();
      const failure = `The kernel does not answer any more: ${reason(error)}. Start over with a new one; your program stays.`;
      return { failure, gone: true };
    }
  }

  /** @returns {Promise<Failure | null>} */
  async function startOver() {
    const failure = await wake();
    if (!failure) onState("ready");
    return failure;
  }

  /** @returns {void} */
  function forget() {
    kernel = null;
    onState("off");
  }

  /** @returns {Promise<Failure | null>} */
  async function reset() {
    const old = kernel;
    const mine = ++round;
    starting.abort(new Cancelled());
    if (!old) {
      forget();
      return null;
    }
    onState("starting", { what: "starting the kernel anew" });
    try {
      await old.reset();
      if (mine === round) onState("ready");
      return null;
    } catch (error) {
      if (mine === round) forget();
      return { failure: `The kernel could not be reset: ${reason(error)}. Press Load: a new one is started.` };
    }
  }

  return {
    load: async (program, least) => (await wake()) ?? ask((alive) => alive.load(program, least)),
    attach: () => ask((alive) => alive.attach()),
    run: (value) => ask((alive) => alive.run(value)),
    show: (map) => ask((alive) => alive.show(map)),
    translation: () => ask((alive) => alive.translation()),
    start: startOver,
    reset,
  };
}

/** @returns {Failure} */
function gone() {
  return { failure: "The kernel is gone. Press Load: a new one is started." };
}
