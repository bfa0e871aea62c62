// SPDX-License-Identifier: GPL-2.0-only
/** What a page with a kernel in it runs when it is loaded. */

import { mountConsole } from "./ui/console.js";
import { mountPlayground } from "./ui/playground.js";
import { startKernel } from "./kernel/start.js";

/** @type {NodeListOf<HTMLElement>} */
const consoles = document.querySelectorAll(".kernel-console");
for (const place of consoles) mountConsole(place);

/** @type {NodeListOf<HTMLElement>} */
const playgrounds = document.querySelectorAll(".playground[data-step]");
for (const place of playgrounds) {
  const { step = "", bytes } = place.dataset;
  const total = Number(bytes);
  /** @type {import("./kernel/session.js").Start} */
  const start = (onProgress) =>
    startKernel(step, total, (part) => onProgress({ what: "fetching the kernel", done: part * total, total }));
  mountPlayground(place, { start });
}
