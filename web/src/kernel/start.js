// SPDX-License-Identifier: GPL-2.0-only
/** From a click to a running kernel: get what it takes, and start it. */

import { Kernel } from "./kernel.js";
import { fetchPack, gunzip, PackError, runScript } from "./pack.js";

/**
 * Downloads that are under way or done, by name, so that a page gets each only once.
 * @type {Map<string, Promise<any>>}
 */
const kept = new Map();

/**
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} get
 * @returns {Promise<T>} what was got now or before
 */
function once(name, get) {
  const here = kept.get(name) ?? get().catch((problem) => (kept.delete(name), Promise.reject(problem)));
  kept.set(name, here);
  return here;
}

/**
 * @param {string} step which saved machine: "04" is the one at the end of notebook 04
 * @param {number} size of all that is to be downloaded, in bytes
 * @param {(part: number) => void} onProgress from 0 to 1
 * @returns {Promise<Kernel>} raises PackError, with what to do about it
 */
export async function startKernel(step, size, onProgress) {
  if (typeof WebAssembly === "undefined") {
    throw new PackError("This browser has no WebAssembly, or it is switched off; the kernel needs it to run here.");
  }
  let come = 0;
  /** @param {number} bytes */
  const onBytes = (bytes) => onProgress(Math.min(1, (come += bytes) / size));
  onProgress(0);
  const [wasm, state] = await Promise.all([
    once("v86.wasm", async () => gunzip(await fetchPack("v86.wasm", onBytes))),
    once(`step-${step}`, () => fetchPack(`step-${step}`, onBytes)),
    once("emulator", () => runScript("emulator.js")),
  ]);
  const kernel = new Kernel({ V86: window.V86, wasm, state });
  await kernel.reset();
  return kernel;
}
