/** What a page with a kernel in it runs when it is loaded. */

import { mountConsole } from "./console.js";
import { mountPlayground } from "./playground.js";
import { startKernel } from "./start.js";

for (const place of document.querySelectorAll(".living-console")) mountConsole(place);

for (const place of document.querySelectorAll(".playground[data-step]")) {
  const { step, bytes } = place.dataset;
  const total = Number(bytes);
  const start = (onProgress) =>
    startKernel(step, total, (part) => onProgress({ what: "fetching the kernel", done: part * total, total }));
  mountPlayground(place, { start });
}
