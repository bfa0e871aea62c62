// SPDX-License-Identifier: GPL-2.0-only
/** The verifier's log on the page. Each line that belongs to a line of the program carries that line's number. */
import { make, show } from "./dom.js";

/** @typedef {import("../verifier/verdict.js").LogLine} LogLine */

/** Of a long log the beginning and the end are shown: the end has the reason. */
const MOST_AT_START = 1000;
const MOST_AT_END = 500;

/**
 * @typedef {object} LogView
 * @property {HTMLElement} root
 * @property {(lines: LogLine[], cut: boolean) => void} fill
 * @property {(source: number | null) => void} highlight shows which lines of the log belong to this line of the program
 * @property {() => void} unlink the program was changed: the numbers lead nowhere any more
 */

/**
 * @param {object} options
 * @param {(source: number | null) => void} options.onPoint the pointer or the focus is on a line of the log
 * @param {(source: number) => void} options.onChoose a line of the program is asked for
 * @returns {LogView}
 */
export function createLogView({ onPoint, onChoose }) {
  // Not live: the verdict is read out, and a thousand lines after it would help nobody.
  const list = make("div", {
    class: "pg-log",
    role: "log",
    "aria-live": "off",
    "aria-labelledby": "playground-log-name",
  });
  const note = make("p", { class: "pg-note" });
  const root = make(
    "section",
    { class: "pg-log-section", "aria-labelledby": "playground-log-name", hidden: true },
    make("p", { class: "pg-heading", id: "playground-log-name" }, "The verifier's log"),
    note,
    list,
  );
  /** @type {{element: HTMLElement, source: number | null, button: HTMLButtonElement | null}[]} */
  let rows = [];

  /** @returns {HTMLButtonElement[]} */
  function buttons() {
    return rows.flatMap(({ button }) => (button ? [button] : []));
  }

  /**
   * The log is one stop for the Tab key; arrows lead from line to line.
   * @param {KeyboardEvent} event
   */
  function move(event) {
    const all = buttons();
    const at = all.findIndex((button) => button === document.activeElement);
    /** @type {Record<string, number>} */
    const targets = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };
    const to = targets[event.key];
    if (at < 0 || to === undefined || !all[to]) return;
    event.preventDefault();
    stopAt(all[to]);
    all[to].focus();
  }

  /** @param {HTMLButtonElement} button */
  function stopAt(button) {
    for (const other of buttons()) other.tabIndex = other === button ? 0 : -1;
  }

  list.addEventListener("keydown", move);
  list.addEventListener("pointerleave", () => onPoint(null));

  /**
   * @param {number} source
   * @returns {HTMLButtonElement}
   */
  function sourceButton(source) {
    const button = make(
      "button",
      {
        type: "button",
        class: "pg-source",
        tabindex: -1,
        "aria-label": `line ${source} of the program`,
        onclick: () => onChoose(source),
        onfocus: () => (stopAt(button), onPoint(source)),
        onblur: () => onPoint(null),
      },
      String(source),
    );
    return button;
  }

  /**
   * @param {LogLine} line
   * @returns {HTMLElement}
   */
  function row(line) {
    const button = line.source === null ? null : sourceButton(line.source);
    const element = make(
      "div",
      { class: `pg-line pg-line-${line.kind}`, onpointerenter: () => onPoint(line.source) },
      button ?? make("span", { class: "pg-source" }),
      make("span", { class: "pg-said" }, ...saidParts(line)),
    );
    rows.push({ element, source: line.source, button });
    return element;
  }

  return {
    root,

    fill(lines, cut) {
      rows = [];
      const { start, left, end } = shorten(lines);
      const gap = left ? [make("div", { class: "pg-line pg-line-gap" }, `… ${left} lines are not shown …`)] : [];
      list.replaceChildren(...start.map(row), ...gap, ...end.map(row));
      note.textContent = cut ? "All of the log would have been too long; a part of it is missing." : "";
      show(note, cut);
      show(root, lines.length > 0);
      const [first] = buttons();
      if (first) stopAt(first);
      // Without a number to stop at, the Tab key stops at the log, so that the arrows can scroll it.
      list.tabIndex = first ? -1 : 0;
    },

    highlight(source) {
      for (const { element, source: own } of rows)
        element.classList.toggle("pg-linked", own !== null && own === source);
    },

    unlink() {
      for (const button of buttons()) button.disabled = true;
      for (const each of rows) {
        each.source = null;
        each.element.classList.remove("pg-linked");
      }
      list.tabIndex = 0;
    },
  };
}

/**
 * @param {LogLine[]} lines
 * @returns {{start: LogLine[], left: number, end: LogLine[]}}
 */
function shorten(lines) {
  if (lines.length <= MOST_AT_START + MOST_AT_END) return { start: lines, left: 0, end: [] };
  const left = lines.length - MOST_AT_START - MOST_AT_END;
  return { start: lines.slice(0, MOST_AT_START), left, end: lines.slice(-MOST_AT_END) };
}

/**
 * What was learned by an instruction is set apart from the instruction.
 * @param {LogLine} line
 * @returns {(Node | string)[]}
 */
function saidParts({ kind, text }) {
  const at = kind === "instruction" ? text.indexOf(";") : -1;
  if (at < 0) return [text || " "];
  return [text.slice(0, at), make("span", { class: "pg-learned" }, text.slice(at))];
}
