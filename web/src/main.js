/** What a page with a kernel in it runs when it is loaded. */

import { mountConsole } from "./ui/console.js";
import { mountPlayground } from "./ui/playground.js";
import { startKernel } from "./kernel/start.js";

for (const place of document.querySelectorAll(".kernel-console")) mountConsole(place);

for (const place of document.querySelectorAll(".playground[data-step]")) {
  const { step, bytes } = place.dataset;
  const total = Number(bytes);
  const start = (onProgress) =>
    startKernel(step, total, (part) => onProgress({ what: "fetching the kernel", done: part * total, total }));
  mountPlayground(place, { start });
}
