// SPDX-License-Identifier: GPL-2.0-only
/** What the playground's page runs when it is loaded. */

import { mountPlayground } from "./ui/playground.js";
import { sizeOf, startKernel } from "./kernel/start.js";

/** @type {NodeListOf<HTMLElement>} */
const playgrounds = document.querySelectorAll(".playground[data-parts]");
for (const place of playgrounds) {
  const parts = JSON.parse(place.dataset.parts ?? "");
  mountPlayground(place, { start: (options) => startKernel(parts, options), bytes: sizeOf(parts) });
}
