// SPDX-License-Identifier: GPL-2.0-only
/** From a click to a running kernel: get what it takes, and start it. */

import { Kernel } from "./kernel.js";
import { fetchPack, gunzip, runScript } from "./pack.js";
import { asProblem } from "./problem.js";
import { needWebAssembly } from "./webassembly.js";

/** @typedef {import("./pack.js").Part} Part */
/** @typedef {import("./session.js").Progress} Progress */

/**
 * @typedef {object} Parts what a kernel in the page is made of
 * @property {Part} emulator
 * @property {Part} wasm
 * @property {Part} state the saved machine
 */

/**
 * What came whole, by the file's name, so that a page gets each only once.
 * @type {Map<string, unknown>}
 */
const kept = new Map();

/**
 * @param {Parts} parts
 * @returns {number} all that is to be downloaded, in bytes
 */
export function sizeOf(parts) {
  return Object.values(parts).reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * @param {Parts} parts
 * @param {object} options
 * @param {(progress: Progress) => void} options.onProgress
 * @param {AbortSignal} options.signal ends it
 * @returns {Promise<Kernel>} raises Problem, with what to do about it
 */
export async function startKernel(parts, { onProgress, signal }) {
  const stop = new AbortController(); // where one download fails, the others end, too
  const onAbort = () => stop.abort(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    needWebAssembly();
    const { wasm, state } = await download(parts, onProgress, stop.signal);
    onProgress({ what: "starting the kernel" });
    const kernel = new Kernel({ V86: window.V86, wasm, state });
    await kernel.reset(stop.signal);
    return kernel;
  } catch (error) {
    throw asProblem(error);
  } finally {
    signal.removeEventListener("abort", onAbort);
    stop.abort();
  }
}

/**
 * @param {Parts} parts
 * @param {(progress: Progress) => void} onProgress
 * @param {AbortSignal} signal
 */
async function download(parts, onProgress, signal) {
  const total = sizeOf(parts);
  let done = 0;
  const count = (/** @type {number} */ bytes) =>
    onProgress({ what: "fetching the kernel", done: (done += bytes), total });
  /**
   * @template T
   * @param {Part} part
   * @param {(way: import("./pack.js").Way) => Promise<T>} get
   * @returns {Promise<T>}
   */
  async function once(part, get) {
    const here = /** @type {T | undefined} */ (kept.get(part.file));
    if (here === undefined) kept.set(part.file, await get({ signal, onBytes: count }));
    else count(part.bytes);
    return /** @type {T} */ (kept.get(part.file));
  }
  count(0);
  const [wasm, state] = await Promise.all([
    once(parts.wasm, async (way) => gunzip(await fetchPack(parts.wasm, way))),
    once(parts.state, (way) => fetchPack(parts.state, way)),
    once(parts.emulator, async (way) => {
      await runScript(parts.emulator, way);
      if (!window.V86) throw new Error("the emulator's script does not run in this browser");
      return true;
    }),
  ]);
  return { wasm, state };
}
