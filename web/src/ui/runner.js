// SPDX-License-Identifier: GPL-2.0-only
/** Attach the program that was accepted, give it numbers, and see what it answers and what it leaves in its maps. */
import { disable, ifEnabled, isDisabled, make, show } from "./dom.js";
import { createMapsView } from "./maps-view.js";
import { readNumber } from "./number.js";

const LONGEST_HISTORY = 20;
const RING_BUFFER = "ringbuf"; // whose records only a reader takes out, and only a program puts in

/** @typedef {import("../assembler/maps.js").MapDeclaration} MapDeclaration */

/**
 * @typedef {object} Runner
 * @property {HTMLElement} root
 * @property {(maps: readonly MapDeclaration[]) => void} offer a program with these maps was accepted: it can be attached
 * @property {() => void} hide
 * @property {(is: boolean) => void} busy
 */

/**
 * @param {import("../kernel/session.js").Session} session
 * @param {(failure: import("../kernel/session.js").Failure) => void} onFailure the kernel is gone, or was stopped (then the text is empty)
 * @returns {Runner}
 */
export function createRunner(session, onFailure) {
  const attach = make("button", { type: "button", class: "pg-button pg-main", onclick: ifEnabled(attachProgram) }, "Attach");
  const said = make("p", { class: "pg-said-of-run", role: "status" });
  const input = make("input", {
    id: "playground-input",
    class: "pg-input",
    inputmode: "numeric",
    autocomplete: "off",
    value: "1",
    "aria-describedby": "playground-input-error",
  });
  const error = make("p", { class: "pg-input-error", id: "playground-input-error", role: "alert" });
  const go = make("button", { class: "pg-button pg-main" }, "Run");
  const form = make(
    "form",
    { class: "pg-run", hidden: true, novalidate: true },
    make("label", { for: "playground-input" }, "Number for the program"),
    input,
    go,
  );
  const history = make("ol", {
    class: "pg-history",
    "aria-label": "Inputs and answers, the latest first",
    "aria-live": "polite",
    reversed: true,
  });
  const inMaps = createMapsView();
  /** @type {readonly MapDeclaration[]} */
  let maps = [];
  const root = make(
    "section",
    { class: "pg-runner", "aria-label": "Run the program", hidden: true },
    make("p", { class: "pg-heading" }, "Run it"),
    make("div", { class: "pg-attach" }, attach, said),
    form,
    error,
    make("div", { class: "pg-outcome" }, history, inMaps.root),
  );

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!isDisabled(go)) runProgram();
  });

  /** @param {boolean} is */
  function busy(is) {
    for (const button of [attach, go]) disable(button, is);
  }

  /**
   * @template {object} T
   * @param {() => Promise<T | import("../kernel/session.js").Failure>} question
   * @returns {Promise<T | null>} null if there is no answer, which then has been said already
   */
  async function ask(question) {
    busy(true);
    const answer = await question();
    busy(false);
    if (!("failure" in answer)) return answer;
    onFailure(answer);
    return null;
  }

  async function attachProgram() {
    const answer = await ask(() => session.attach());
    if (!answer) return;
    if (answer.error) {
      said.textContent = `It could not be attached: ${answer.error}`;
      return;
    }
    said.textContent = "It is attached to the oreore hook: what is written to /sys/oreore/bpf goes through it.";
    show(attach, false);
    show(form, true);
    await lookIntoMaps();
    input.focus();
    input.select();
  }

  async function runProgram() {
    const number = readNumber(input.value);
    const wrong = "error" in number;
    error.textContent = wrong ? number.error : "";
    input.toggleAttribute("aria-invalid", false);
    if (wrong) {
      input.setAttribute("aria-invalid", "true");
      input.focus();
      return;
    }
    const answer = await ask(() => session.run(number.value));
    if (answer) remember(number.value, answer);
    if (answer) await lookIntoMaps();
    input.focus();
    input.select();
  }

  async function lookIntoMaps() {
    const contents = [];
    for (const [index, { type }] of maps.entries()) {
      const found = type === RING_BUFFER ? null : await ask(() => session.show(index));
      if (!found && type !== RING_BUFFER) return;
      contents.push(found);
    }
    inMaps.fill(maps, contents);
  }

  /**
   * @param {number} value
   * @param {{answer: number} | {error: string}} result
   */
  function remember(value, result) {
    const answered = "answer" in result;
    const out = answered ? [make("strong", {}, String(result.answer)), " out"] : [result.error];
    history.prepend(make("li", { class: answered ? null : "pg-history-failed" }, `${value} in, `, ...out));
    while (history.children.length > LONGEST_HISTORY) history.lastChild?.remove();
  }

  return {
    root,
    offer(itsMaps) {
      maps = itsMaps;
      inMaps.fill([], []);
      said.textContent = "";
      error.textContent = "";
      history.replaceChildren();
      show(attach, true);
      show(form, false);
      busy(false);
      show(root, true);
    },
    hide() {
      show(root, false);
    },
    busy,
  };
}
