// SPDX-License-Identifier: GPL-2.0-only
/** The console on a page: a button that starts the kernel, how far that is, and a way out of it. */

import { Cancelled } from "../kernel/problem.js";
import { startKernel } from "../kernel/start.js";
import { disable, isDisabled, make } from "./dom.js";
import { showTerminal } from "./terminal.js";

/**
 * @param {HTMLElement} place what the book's extension wrote: a button, a hint; data-parts, data-transcript,
 *   data-tries (a JSON list of commands)
 */
export function mountConsole(place) {
  const button = place.querySelector("button");
  if (!button) return;
  const says = make("p", { class: "kernel-status", role: "status" });
  place.append(says);
  button.disabled = false;
  button.addEventListener("click", async () => {
    if (isDisabled(button)) return;
    disable(button, true);
    const wait = createWait(says);
    try {
      const parts = JSON.parse(place.dataset.parts ?? "");
      const kernel = await startKernel(parts, wait);
      button.remove();
      place.querySelector(".kernel-hint")?.remove();
      showTerminal(place, says, kernel);
    } catch (problem) {
      const hadFocus = wait.cancel === document.activeElement;
      says.textContent = problem instanceof Error ? problem.message : String(problem);
      disable(button, false);
      if (hadFocus) button.focus();
    }
  });
}

/** @param {HTMLElement} says */
function createWait(says) {
  const controller = new AbortController();
  const words = make("span", {}, "Getting the kernel … ");
  const bar = make("progress", { max: 1, value: 0, "aria-label": "Download" });
  const numbers = make("span", { "aria-hidden": "true" }); // the bar says it, too, and is not read out at each step
  const cancel = make(
    "button",
    { type: "button", class: "kernel-cancel", onclick: () => controller.abort(new Cancelled()) },
    "Cancel",
  );
  says.replaceChildren(words, bar, numbers, cancel);

  /** @param {import("../kernel/session.js").Progress} progress */
  function onProgress({ done, total }) {
    if (total === undefined) {
      words.textContent = "Starting the kernel … ";
      bar.removeAttribute("value");
      numbers.textContent = "";
      return;
    }
    bar.value = (done ?? 0) / total;
    numbers.textContent = ` ${megabytes(done ?? 0)} of ${megabytes(total)} MB`;
  }

  return { signal: controller.signal, onProgress, cancel };
}

/**
 * @param {number} bytes
 * @returns {string}
 */
function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}
