// SPDX-License-Identifier: GPL-2.0-only
/** What the kernel runs, folded below the log: the program as the verifier has left it. */
import { make } from "./dom.js";

const MARKED =
  "Marked is what you have not written like this: what the verifier has put in place of an instruction, before it or after it.";
const REMOVED =
  "What the verifier removes can never run, or is a jump that leads on to the next instruction in any case.";
const THE_REST = "It has left the rest as it was written.";
const ALL = "The verifier has left all of it as it was written.";

/** @typedef {import("../assembler/translated.js").Translation} Translation */

/**
 * @typedef {object} TranslatedView
 * @property {HTMLElement} root
 * @property {(translation: Translation, cut: boolean) => void} fill
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
    fill(translation, cut) {
      const told = summaryOf(translation, cut);
      summary.textContent = `What the kernel runs: ${told.counts}`;
      note.textContent = told.note;
      list.replaceChildren(
        ...translation.insns.map(({ text, own }) => make(own ? "span" : "mark", {}, `${text}\n`)),
      );
      root.replaceChildren(fold);
    },
    hide() {
      root.replaceChildren();
    },
  };
}

/**
 * @param {Translation} translation
 * @param {boolean} cut there is more, so nobody knows what is gone
 * @returns {{counts: string, note: string}}
 */
export function summaryOf({ insns, gone }, cut) {
  const other = insns.filter(({ own }) => !own).length;
  const lost = cut ? 0 : gone;
  const all = `${insns.length} instruction${insns.length === 1 ? "" : "s"}${cut ? " and more" : ""}`;
  const fate = other ? "replaced or removed" : "removed";
  return {
    counts: `${all}, ${other || "none"} of them changed or added${lost ? `; ${lost} of yours ${fate}` : ""}`,
    note: [other && MARKED, lost && REMOVED, !other && !cut && (lost ? THE_REST : ALL)].filter(Boolean).join(" "),
  };
}
