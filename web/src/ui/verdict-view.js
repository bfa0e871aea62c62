// SPDX-License-Identifier: GPL-2.0-only
/** The verdict on the page: accepted or refused, the line that tells why, and what it means. */
import { make } from "./dom.js";

/** @typedef {import("../verifier/verdict.js").Verdict} Verdict */

/**
 * @typedef {object} VerdictView
 * @property {HTMLElement} root
 * @property {(text: string) => void} say
 * @property {(text: string, way?: Node) => void} fail something went wrong outside of the verifier; `way` leads out of it
 * @property {(...children: Node[]) => void} work something is going on
 * @property {() => void} rest it is over: what was shown before is back
 * @property {(verdict: Verdict, seconds: number, why?: string) => void} judge `seconds` that it took; `why`: what is known of
 *   this very program, in place of the general explanation
 * @property {() => void} stale the program is not any more the one that was judged
 */

/**
 * @param {(line: number) => void} onChoose a line of the program is asked for
 * @returns {VerdictView}
 */
export function createVerdictView(onChoose) {
  const root = make("div", { class: "pg-verdict", role: "status" });
  /** @type {{className: string, children: Node[]} | null} */
  let before = null; // what was shown before the work began

  /**
   * @param {string} kind
   * @param {...(Node | null)} children
   */
  function fill(kind, ...children) {
    root.className = `pg-verdict pg-verdict-${kind}`;
    root.replaceChildren(...children.flatMap((child) => child ?? []));
  }

  return {
    root,

    say(text) {
      fill("plain", text ? make("p", {}, text) : null);
    },

    fail(text, way) {
      fill("failed", make("p", {}, text), way ?? null);
    },

    work(...children) {
      before ??= { className: root.className, children: [...root.childNodes] };
      fill("working", ...children);
    },

    rest() {
      if (!before) return;
      root.className = before.className;
      root.replaceChildren(...before.children);
      before = null;
    },

    judge(verdict, seconds, why) {
      const { accepted, undecided, reason, explanation, source } = verdict;
      const where = source === null ? null : lineButton(source, onChoose);
      fill(
        accepted ? "accepted" : undecided ? "plain" : "refused",
        make("p", { class: "pg-result" }, title(verdict), where && " at ", where, effort(verdict, seconds)),
        reason === null ? null : make("p", { class: "pg-reason" }, make("code", {}, reason)),
        why || explanation ? make("p", {}, why || explanation) : null,
      );
    },

    stale() {
      if (root.querySelector(".pg-result")) root.classList.add("pg-stale");
    },
  };
}

/**
 * @param {Verdict} verdict
 * @returns {HTMLElement}
 */
function title({ accepted, undecided, errno }) {
  if (undecided) return make("strong", {}, `No verdict: ${errno}`);
  const mark = make("span", { class: "pg-sign", "aria-hidden": "true" }, accepted ? "✓" : "✗");
  const words = accepted ? "Accepted" : `Refused${errno ? ` with ${errno}` : ""}`;
  return make("span", {}, mark, make("strong", {}, ` ${words}`));
}

/**
 * @param {Verdict} verdict
 * @param {number} seconds
 * @returns {string}
 */
function effort({ processed }, seconds) {
  const walked = processed === null ? "" : `, after ${processed} ${processed === 1 ? "instruction" : "instructions"}`;
  return seconds ? `${walked}, in ${seconds} s` : walked;
}

/**
 * @param {number} line
 * @param {(line: number) => void} onChoose
 * @returns {HTMLElement} a button that leads to the line
 */
export function lineButton(line, onChoose) {
  return make("button", { type: "button", class: "pg-link", onclick: () => onChoose(line) }, `line ${line}`);
}
