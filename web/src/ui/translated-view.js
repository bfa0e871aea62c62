// SPDX-License-Identifier: GPL-2.0-only
/** What the kernel runs, folded below the log: the program as the verifier has left it. */
import { make } from "./dom.js";

/** @typedef {import("../assembler/translated.js").Translated} Translated */

/**
 * @typedef {object} TranslatedView
 * @property {HTMLElement} root
 * @property {(insns: readonly Translated[], cut: boolean) => void} fill
 * @property {() => void} hide
 */

/** @returns {TranslatedView} */
export function createTranslatedView() {
  const summary = make("summary");
  const note = make("p", { class: "pg-note" });
  const list = make("pre", { class: "pg-log pg-translated", tabindex: "0", "aria-label": "What the kernel runs" });
  const fold = make("details", {}, summary, note, list); // stays as the reader has left it, from program to program
  const root = make("div");
  return {
    root,
    fill(insns, cut) {
      const added = insns.filter(({ own }) => !own).length;
      const count = `${insns.length}${cut ? " and more" : ""} instruction${insns.length === 1 ? "" : "s"}`;
      summary.textContent = `What the kernel runs: ${count}, ${added || "none"} of them changed or added`;
      note.textContent = added
        ? "Marked is what you have not written like this: what the verifier has put in place of an instruction, before it or after it."
        : "The verifier has let all of it as it was written.";
      const lines = insns.map(({ text, own }) => (own ? make("span", {}, `${text}\n`) : make("mark", {}, `${text}\n`)));
      list.replaceChildren(...lines);
      root.replaceChildren(fold);
    },
    hide() {
      root.replaceChildren();
    },
  };
}
