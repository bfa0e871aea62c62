// SPDX-License-Identifier: GPL-2.0-only
/** A text field for programs: numbered lines, and marks at the places that messages are about. */
import { make } from "./dom.js";

const FEWEST_LINES = 8;
const MOST_LINES_SHOWN = 24;
const MOST_NUMBERED = 5000; // more lines than any program has; a pasted novel needs no numbers
const TAB = 8;

/**
 * @typedef {object} Mark
 * @property {number} line the first is 1
 * @property {"error" | "refused" | "linked"} kind
 * @property {number} [column] marks a part of the line; the first is 1
 * @property {number} [length]
 */

/**
 * @typedef {object} Editor
 * @property {HTMLElement} root
 * @property {HTMLTextAreaElement} field
 * @property {string} text
 * @property {(layer: string, its: Mark[]) => void} mark marks of one layer replace those that it had before
 * @property {(line: number, column?: number) => void} goTo puts the cursor there, and shows it
 * @property {(line: number) => void} reveal scrolls so that the line is in sight, if it is not
 */

/**
 * @param {object} options
 * @param {string} options.describedBy the id of the element that lists the mistakes
 * @param {() => void} options.onInput
 * @param {(line: number | null) => void} options.onLine the pointer or the cursor came to another line
 * @returns {Editor}
 */
export function createEditor({ describedBy, onInput, onLine }) {
  const field = make("textarea", {
    class: "pg-field",
    id: "playground-program",
    rows: FEWEST_LINES,
    wrap: "off",
    spellcheck: "false",
    autocomplete: "off",
    autocapitalize: "off",
    autocorrect: "off",
    "aria-describedby": describedBy,
    "aria-keyshortcuts": "Control+Enter",
  });
  const numbers = make("pre", { class: "pg-numbers" });
  const gutterMarks = make("div", { class: "pg-gutter-marks" });
  const inGutter = make("div", {}, gutterMarks, numbers);
  const gutter = make("div", { class: "pg-gutter", "aria-hidden": "true" }, inGutter);
  const marks = make("div", { class: "pg-marks", "aria-hidden": "true" });
  const root = make("div", { class: "pg-editor" }, gutter, make("div", { class: "pg-pane" }, marks, field));
  /** @type {Map<string, Mark[]>} */
  const layers = new Map();
  /** @type {string[]} */
  let lines = [];

  function refresh() {
    lines = field.value.split("\n", MOST_NUMBERED);
    numbers.textContent = lines.map((_, index) => index + 1).join("\n");
    field.rows = Math.min(MOST_LINES_SHOWN, Math.max(FEWEST_LINES, lines.length + 1));
    root.style.setProperty("--pg-digits", String(Math.max(2, String(lines.length).length)));
  }

  function scroll() {
    inGutter.style.transform = `translateY(${-field.scrollTop}px)`;
    marks.style.transform = `translate(${-field.scrollLeft}px, ${-field.scrollTop}px)`;
  }

  function draw() {
    const all = [...layers.values()].flat();
    marks.replaceChildren(...all.map((mark) => drawMark(mark, lines[mark.line - 1] ?? "")));
    gutterMarks.replaceChildren(...all.filter(({ kind }) => kind !== "linked").map(drawGutterMark));
  }

  /**
   * @param {number} offset
   * @returns {number}
   */
  function lineAt(offset) {
    return field.value.slice(0, offset).split("\n").length;
  }

  /** @type {number | null} */
  let current = null;
  /** @param {number | null} line */
  function tellLine(line) {
    if (line !== current) onLine((current = line));
  }

  field.addEventListener("input", () => {
    refresh();
    onInput();
  });
  field.addEventListener("scroll", scroll);
  for (const event of ["keyup", "click", "focus"])
    field.addEventListener(event, () => tellLine(lineAt(field.selectionStart)));
  field.addEventListener("blur", () => tellLine(null));

  return {
    root,
    field,
    get text() {
      return field.value;
    },
    set text(text) {
      field.value = text;
      refresh();
      field.scrollTop = field.scrollLeft = 0;
      scroll();
    },

    mark(layer, its) {
      layers.set(layer, its);
      draw();
    },

    goTo(line, column = 1) {
      const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
      field.focus();
      field.setSelectionRange(before + column - 1, before + column - 1);
      tellLine(line);
      this.reveal(line);
    },

    reveal(line) {
      const height = parseFloat(getComputedStyle(field).lineHeight);
      const top = (line - 1) * height;
      if (top < field.scrollTop) field.scrollTop = top;
      else if (top + 2 * height > field.scrollTop + field.clientHeight)
        field.scrollTop = top + 2 * height - field.clientHeight;
    },
  };
}

/**
 * Columns on the screen: a tab leads to the next multiple of 8.
 * @param {string} text
 * @returns {number}
 */
function widthOf(text) {
  let width = 0;
  for (const character of text) width += character === "\t" ? TAB - (width % TAB) : 1;
  return width;
}

/**
 * @param {Mark} mark
 * @param {string} text of its line
 * @returns {HTMLElement}
 */
function drawMark({ line, kind, column, length = 1 }, text) {
  const mark = make("div", { class: `pg-mark pg-mark-${kind}` });
  mark.style.setProperty("--line", String(line - 1));
  if (column === undefined) return mark;
  const start = widthOf(text.slice(0, column - 1));
  mark.classList.add("pg-mark-part");
  mark.style.setProperty("--column", String(start));
  mark.style.setProperty("--length", String(Math.max(1, widthOf(text.slice(0, column - 1 + length)) - start)));
  return mark;
}

/**
 * @param {Mark} mark
 * @returns {HTMLElement}
 */
function drawGutterMark({ line, kind }) {
  const mark = make("div", { class: `pg-gutter-mark pg-gutter-mark-${kind}` }, kind === "error" ? "!" : "✗");
  mark.style.setProperty("--line", String(line - 1));
  return mark;
}
