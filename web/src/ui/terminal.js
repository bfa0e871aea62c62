// SPDX-License-Identifier: GPL-2.0-only
/** What a running kernel says, and a line to type into. */

import { make } from "./dom.js";
import { History } from "./history.js";
import { recall, remember } from "./memory.js";
import { asText, isTranscript, remarkOn, typedLines } from "./paste.js";
import { Printer } from "./printer.js";
import { tooLong } from "./too-long.js";

const PROMPT = "#"; // before the line; the shell's own is not shown twice
const CTRL_C = "\x03";
const CTRL_D = "\x04";

/** @typedef {import("../kernel/kernel.js").Kernel} Kernel */

/**
 * @param {HTMLElement} place
 * @param {HTMLElement} says
 * @param {Kernel} kernel
 */
export function showTerminal(place, says, kernel) {
  const log = make("pre", { class: "kernel-log", role: "log", tabindex: 0, "aria-label": "The kernel's console" });
  const input = make("input", {
    "aria-label": "A command for the kernel",
    autocapitalize: "off",
    autocomplete: "off",
    autocorrect: "off",
    spellcheck: "false",
    enterkeyhint: "send",
    placeholder: "type a command",
  });
  const run = make("button", { type: "submit" }, "Run");
  const line = make("form", { class: "kernel-line" }, make("span", { "aria-hidden": "true" }, PROMPT), input, run);
  const { transcript = "", tries: listed = "[]" } = place.dataset;
  const printer = new Printer(log);
  const history = new History(input, recall("commands") ?? []);
  const startOver = press("Start over", restart);
  let ended = "";

  /** @param {string} keys @param {string} [remark] @returns {boolean} whether they were sent */
  function send(keys, remark = "") {
    const problem = ended || tooLong(keys);
    says.textContent = problem || remark;
    if (problem) return false;
    printer.follow();
    kernel.type(keys);
    return true;
  }

  /** @param {string[]} lines @returns {boolean} whether they were sent */
  function sendLines(lines) {
    return send(`${lines.map(asText).join("\n")}\n`, remarkOn(lines));
  }

  /** @param {string} command @returns {boolean} whether it was sent; if not, the reader still has it */
  function runCommand(command) {
    if (!sendLines([command])) return false;
    history.add(command);
    keep();
    return true;
  }

  function keep() {
    remember("commands", history.latest);
    remember("draft", history.draft);
  }

  async function restart() {
    says.textContent = "Starting over …";
    try {
      await kernel.reset();
    } catch (problem) {
      ended = "The kernel could not be started over. Press Start over once more; if that does not help, reload the page.";
      says.textContent = `${ended} (${problem instanceof Error ? problem.message : problem})`;
      return;
    }
    ended = "";
    printer.clear(transcript);
    says.textContent = "The kernel is as it was when you started it.";
    input.focus({ preventScroll: true });
  }

  line.addEventListener("submit", (event) => {
    event.preventDefault();
    if (runCommand(input.value)) history.clear();
    keep();
  });
  input.addEventListener("input", keep);
  input.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text") ?? "";
    const several = text.trim().includes("\n");
    const prompted = isTranscript(text) && input.selectionStart === 0; // elsewhere in a line, `# ` begins a comment
    if (!several && !prompted) return; // the browser does it
    event.preventDefault();
    const lines = typedLines(text);
    if (several) sendLines(lines);
    else input.setRangeText(lines.join(""), 0, input.selectionEnd ?? 0, "end");
    keep();
  });
  input.addEventListener("keydown", (event) => {
    if (!event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "c" && input.selectionStart === input.selectionEnd) send(CTRL_C);
    if (event.key !== "d") return;
    event.preventDefault(); // a bookmark otherwise
    if (!input.value) send(CTRL_D); // as a terminal: only on an empty line
  });
  kernel.onConsole((byte) => printer.write(byte));
  kernel.onEnd((why) => {
    ended = "The kernel has ended. Press Start over: a new one is started.";
    says.textContent = `The kernel has ended: ${why}. Press Start over: a new one is started.`;
    if (document.activeElement === input) startOver.focus({ preventScroll: true });
  });

  /** @type {string[]} */
  const commands = JSON.parse(listed);
  const tries = commands.map((command) => press(command, () => runCommand(command), "code"));
  const controls = [
    press("↑", () => history.go(-1), "", "Earlier command"),
    press("↓", () => history.go(1), "", "Later command"),
    press("Ctrl-C", () => send(CTRL_C)),
    press("Ctrl-D", () => send(CTRL_D)),
    startOver,
  ];
  const note = "Programs that draw on the whole screen, such as vi and top, do not work in this console.";
  for (const part of [
    make("div", { class: "kernel-tries" }, "Try: ", ...tries),
    make("div", { class: "kernel-terminal" }, log, line),
    make("div", { class: "kernel-controls" }, ...controls),
    make("p", { class: "kernel-hint" }, note),
  ]) {
    place.insertBefore(part, says);
  }
  printer.clear(transcript);
  input.value = recall("draft") ?? "";
  says.textContent = "The kernel is running.";
  input.focus({ preventScroll: true });
}

/**
 * @param {string} text
 * @param {() => unknown} action
 * @param {string} [className]
 * @param {string} [label] what it is called where the text says too little
 * @returns {HTMLButtonElement}
 */
function press(text, action, className = "", label) {
  return make("button", { type: "button", class: className, onclick: action, "aria-label": label, title: label }, text);
}
