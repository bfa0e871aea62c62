// SPDX-License-Identifier: GPL-2.0-only
/** Whether this browser, and the page's server, let the emulator run. */

import { Problem } from "./problem.js";

const SMALLEST = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00); // a module with nothing in it
const INSTEAD = "the notebooks do the same on your own machine";

/** Raises Problem before anything is downloaded that could not run. */
export function needWebAssembly() {
  if (typeof WebAssembly === "undefined") {
    throw new Problem(
      `This browser has no WebAssembly, or it is switched off, and the kernel runs in it. Allow it, or take another browser; ${INSTEAD}.`,
    );
  }
  try {
    new WebAssembly.Module(SMALLEST);
  } catch {
    throw new Problem(
      `WebAssembly is forbidden on this page, by a rule of its server or of your browser (a Content-Security-Policy without 'wasm-unsafe-eval'), and the kernel runs in it. Read the book from another place, or from disk; ${INSTEAD}.`,
    );
  }
}
