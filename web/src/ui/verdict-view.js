/** The verdict on the page: accepted or refused, the line that tells why, and what it means. */
import { make } from "./dom.js";

/** @param {(line: number) => void} onChoose a line of the program is asked for */
export function createVerdictView(onChoose) {
  const root = make("div", { class: "pg-verdict", role: "status" });
  let before = null; // what was shown before the work began

  function fill(kind, ...children) {
    root.className = `pg-verdict pg-verdict-${kind}`;
    root.replaceChildren(...children.filter(Boolean));
  }

  return {
    root,

    /** @param {string} text */
    say(text) {
      fill("plain", text ? make("p", {}, text) : null);
    },

    /** @param {string} text Something went wrong outside of the verifier. */
    fail(text) {
      fill("failed", make("p", {}, text));
    },

    /** @param {Node[]} children Something is going on. */
    work(...children) {
      before ??= { className: root.className, children: [...root.childNodes] };
      fill("working", ...children);
    },

    /** It is over: what was shown before is back. */
    rest() {
      if (!before) return;
      root.className = before.className;
      root.replaceChildren(...before.children);
      before = null;
    },

    /**
     * @param {import("../verifier/verdict.js").Verdict} verdict
     * @param {string} [why] what is known of this very program, in place of the general explanation
     */
    judge(verdict, why) {
      const { accepted, undecided, reason, explanation, source } = verdict;
      const where = source === null ? null : lineButton(source, onChoose);
      fill(
        accepted ? "accepted" : undecided ? "plain" : "refused",
        make("p", { class: "pg-result" }, title(verdict), where && " at ", where, effort(verdict)),
        reason === null ? null : make("p", { class: "pg-reason" }, make("code", {}, reason)),
        why || explanation ? make("p", {}, why || explanation) : null,
      );
    },

    stale() {
      if (root.querySelector(".pg-result")) root.classList.add("pg-stale");
    },
  };
}

function title({ accepted, undecided, errno }) {
  if (undecided) return make("strong", {}, `No verdict: ${errno}`);
  const mark = make("span", { class: "pg-sign", "aria-hidden": "true" }, accepted ? "✓" : "✗");
  const words = accepted ? "Accepted" : `Refused${errno ? ` with ${errno}` : ""}`;
  return make("span", {}, mark, make("strong", {}, ` ${words}`));
}

function effort({ processed }) {
  if (processed === null) return "";
  return `, after ${processed} ${processed === 1 ? "instruction" : "instructions"}`;
}

/**
 * @param {number} line
 * @param {(line: number) => void} onChoose
 * @returns {HTMLElement} a button that leads to the line
 */
export function lineButton(line, onChoose) {
  return make("button", { type: "button", class: "pg-link", onclick: () => onChoose(line) }, `line ${line}`);
}
