// SPDX-License-Identifier: GPL-2.0-only
/** The console on a page: a button that starts the kernel, what it says, and a line to type into. */

import { make } from "./dom.js";
import { Screen } from "../kernel/screen.js";
import { startKernel } from "../kernel/start.js";

const PROMPT = "# ";
const CTRL_C = "\x03";
const MAX_TYPED = 4000; // what a terminal line of the kernel holds
const MAX_SHOWN = 2000; // lines

/**
 * @param {HTMLElement} place what the book's extension wrote: a button, a hint; data-step, data-bytes, data-transcript,
 *   data-tries (a JSON list of commands)
 */
export function mountConsole(place) {
  const button = place.querySelector("button");
  if (!button) return;
  const says = make("p", { class: "kernel-status", role: "status" });
  place.append(says);
  button.disabled = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    const bar = make("progress", { max: 1, value: 0, "aria-label": "Download" });
    says.replaceChildren("Getting the kernel … ", bar);
    try {
      const { step = "", bytes } = place.dataset;
      const kernel = await startKernel(step, Number(bytes), (part) => (bar.value = part));
      button.remove();
      place.querySelector(".kernel-hint")?.remove();
      showConsole(place, says, kernel);
    } catch (problem) {
      says.textContent = problem instanceof Error ? problem.message : String(problem);
      button.disabled = false;
      button.focus();
    }
  });
}

/**
 * @param {HTMLElement} place
 * @param {HTMLElement} says
 * @param {import("../kernel/kernel.js").Kernel} kernel
 */
function showConsole(place, says, kernel) {
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
  const prompt = make("span", { "aria-hidden": "true" }, PROMPT.trim());
  const line = make("form", { class: "kernel-line" }, prompt, input, run);
  const terminal = make("div", { class: "kernel-terminal" }, log, line);
  const { transcript = "", tries: listed = "[]" } = place.dataset;
  const printer = new Printer(log);
  const history = new History(input);

  const send = (/** @type {string} */ text) => {
    if (text.length > MAX_TYPED) {
      says.textContent = `That is too long: the console takes ${MAX_TYPED} characters at a time.`;
      return;
    }
    says.textContent = "";
    kernel.type(text);
  };
  const runCommand = (/** @type {string} */ command) => {
    history.add(command);
    send(`${command}\n`);
  };
  line.addEventListener("submit", (event) => {
    event.preventDefault();
    runCommand(input.value);
    input.value = "";
  });
  input.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text") ?? "";
    if (text.length <= MAX_TYPED && !text.trim().includes("\n")) return; // the browser does it
    event.preventDefault();
    const lines = text.trim().split(/\r?\n/).map((one) => one.replace(/^# /, "")); // as a transcript has it
    send(`${lines.join("\n")}\n`);
  });
  input.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === "c" && input.selectionStart === input.selectionEnd) kernel.type(CTRL_C);
  });

  const restart = async () => {
    says.textContent = "Starting over …";
    await kernel.reset();
    printer.clear(transcript);
    says.textContent = "The kernel is as it was when you started it.";
    input.focus({ preventScroll: true });
  };
  /** @type {string[]} */
  const commands = JSON.parse(listed);
  const tries = commands.map((command) => press(command, () => runCommand(command), "code"));
  place.insertBefore(make("div", { class: "kernel-tries" }, "Try: ", ...tries), says);
  place.insertBefore(terminal, says);
  const controls = [press("Ctrl-C", () => kernel.type(CTRL_C)), press("Start over", restart)];
  place.insertBefore(make("div", { class: "kernel-controls" }, ...controls), says);

  printer.clear(transcript);
  kernel.onConsole((byte) => printer.write(byte));
  says.textContent = "The kernel is running.";
  input.focus({ preventScroll: true });
}

/** Brings what the screen has onto the page, at most once a frame, and in pieces that a screen reader can read out. */
class Printer {
  #log;
  #screen = new Screen();
  #current = document.createElement("span");
  #printed = 0;
  #due = false;

  /** @param {HTMLElement} log is filled */
  constructor(log) {
    this.#log = log;
  }

  /** @param {string} text all that is shown from now on */
  clear(text) {
    this.#screen = new Screen();
    this.#screen.write(new TextEncoder().encode(PROMPT)); // the shell printed it before the machine was saved
    this.#printed = 0;
    this.#log.replaceChildren(`${text}\n`, this.#current);
    this.#current.textContent = "";
  }

  /** @param {number} byte */
  write(byte) {
    this.#screen.write(Uint8Array.of(byte));
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => this.#print());
  }

  #print() {
    this.#due = false;
    const { lines, line, finished } = this.#screen;
    const fresh = lines.slice(Math.max(0, lines.length - (finished - this.#printed)));
    if (fresh.length) this.#current.before(...fresh.map((one) => `${one}\n`));
    this.#printed = finished;
    while (this.#log.childNodes.length > MAX_SHOWN) this.#log.firstChild?.remove();
    this.#current.textContent = line === PROMPT ? "" : line; // the input line has a prompt of its own
    this.#log.scrollTop = this.#log.scrollHeight;
  }
}

/** Earlier commands, by the arrow keys. */
class History {
  /** @type {string[]} */
  #commands = [];
  #at = 0;

  /** @param {HTMLInputElement} input */
  constructor(input) {
    input.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
      if (!step) return;
      event.preventDefault();
      this.#at = Math.min(Math.max(this.#at + step, 0), this.#commands.length);
      input.value = this.#commands[this.#at] ?? "";
    });
  }

  /** @param {string} command */
  add(command) {
    if (command) this.#commands.push(command);
    this.#at = this.#commands.length;
  }
}

/**
 * @param {string} text
 * @param {() => unknown} action
 * @param {string} [className]
 * @returns {HTMLButtonElement}
 */
function press(text, action, className = "") {
  return make("button", { type: "button", class: className, onclick: action }, text);
}
