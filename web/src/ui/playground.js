// SPDX-License-Identifier: GPL-2.0-only
/** The verifier playground: write a program, load it into the real kernel, see what its verifier says. */
import { assemble } from "../assembler/assembler.js";
import { translated } from "../assembler/translated.js";
import { disable, ifEnabled, isDisabled, make, show } from "./dom.js";
import { createEditor } from "./editor.js";
import { EXAMPLES } from "./examples.js";
import { createLogView } from "./log-view.js";
import { createRunner } from "./runner.js";
import { createTranslatedView } from "./translated-view.js";
import { createSession } from "../kernel/session.js";
import { recall, remember } from "./memory.js";
import { hashOf, readHash, SAFE_LENGTH } from "./share.js";
import { readVerdict } from "../verifier/verdict.js";
import { nameInvisible } from "./invisible.js";
import { createVerdictView } from "./verdict-view.js";
import { createWaiting } from "./waiting.js";

/** @typedef {import("./examples.js").Example} Example */
/** @typedef {import("../assembler/assembler.js").SourceError} SourceError */
/** @typedef {import("../assembler/assembler.js").Assembled} Assembled */
/** @typedef {{expected: string, why: string}} Expectation what the kernel is expected to say, and why */

const PAUSE = 200; // ms after the last key before mistakes are marked
const MAX_KEPT = 200_000; // characters: far more than the longest program that the kernel takes
const OWN = "";
const FRESH = "The kernel is as after its start: nothing is loaded, nothing is attached.";
const PREDICT = "Before you press Load, predict: accepted, or refused? And at which line?";

/**
 * @param {HTMLElement} element is filled
 * @param {object} options
 * @param {import("../kernel/session.js").Start} options.start starts the kernel; called at the first Load
 * @param {number} options.bytes how much that fetches
 * @returns {{setProgram: (text: string) => void}} for other parts of the page
 */
export function mountPlayground(element, { start, bytes }) {
  const session = createSession({ start, onState });
  const editor = createEditor({ describedBy: "playground-mistakes", onInput: typedIn, onLine: point });
  const log = createLogView({ onPoint: point, onChoose: (line) => editor.goTo(line) });
  const verdict = createVerdictView((line) => editor.goTo(line));
  const runs = createTranslatedView();
  const waiting = createWaiting(verdict, stopWork);
  const runner = createRunner(session, failed);

  const examples = exampleList();
  const load = make("button", { type: "button", class: "pg-button pg-main", onclick: ifEnabled(loadProgram) }, "Load");
  const share = make("button", { type: "button", class: "pg-button", onclick: shareProgram }, "Share");
  const reset = make(
    "button",
    { type: "button", class: "pg-button", onclick: ifEnabled(resetKernel), "aria-disabled": "true" },
    "Reset the kernel",
  );
  const least = make("input", { type: "checkbox", id: "playground-least", onchange: () => verdict.stale() });
  const loader = make("label", { class: "pg-loader", for: "playground-least" }, least, " without CAP_PERFMON");
  const hint = make("p", { class: "pg-note" }, firstLoadHint(bytes));
  const shared = make("div", { class: "pg-shared", role: "status" });
  const mistakes = make("ul", { class: "pg-mistakes", id: "playground-mistakes", "aria-live": "polite" });

  const kept = recall("program");
  /** @type {string} */
  let own = kept?.own ?? ""; // the reader's text, while another one is shown
  let typed = false; // whether what is shown is the reader's
  /** @type {number[]} */
  let sources = []; // for each instruction of the judged program its line
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  element.replaceChildren(
    make(
      "div",
      { class: "pg-bar" },
      make("div", { class: "pg-choice" }, make("label", { for: "playground-example" }, "Example"), examples),
    ),
    make("label", { class: "pg-heading", for: "playground-program" }, "Program"),
    editor.root,
    mistakes,
    make("div", { class: "pg-buttons" }, load, loader, share, reset, hint),
    shared,
    verdict.root,
    log.root,
    runs.root,
    runner.root,
  );
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !isDisabled(load)) loadProgram();
  });
  window.addEventListener("hashchange", fromAddress);
  // A reload shows what was shown. Another address shows its own program, and what the reader typed can still be chosen.
  if (kept?.hash === location.hash) setProgram(kept.text);
  else if (!fromAddress()) showExample(EXAMPLES[0]);

  // The program

  /** @returns {HTMLSelectElement} */
  function exampleList() {
    const groups = groupBy(EXAMPLES);
    const options = [...groups].map(([label, members]) =>
      make("optgroup", { label }, ...members.map(({ name, title }) => make("option", { value: name }, title))),
    );
    const ownOption = make("option", { value: OWN }, "(your own program)");
    return make("select", { class: "pg-select", id: "playground-example", onchange: choose }, ownOption, ...options);
  }

  function choose() {
    const example = exampleNamed(examples.value);
    if (example) showExample(example);
    else setProgram(ownText());
  }

  /** @param {Example} example */
  function showExample(example) {
    setProgram(example.text);
  }

  /** @returns {string} */
  function ownText() {
    return typed && !exampleWith(editor.text) ? editor.text : own;
  }

  /** @param {string} text */
  function setProgram(text) {
    own = ownText();
    typed = false;
    editor.text = text;
    keep();
    if (!waiting.active) forgetVerdict();
    check();
  }

  function keep() {
    if (editor.text.length > MAX_KEPT) return;
    remember("program", { text: editor.text, own: ownText(), hash: location.hash });
  }

  function typedIn() {
    typed = true;
    changed();
  }

  /** The text is not any more the one that was shown or judged. */
  function changed() {
    keep();
    editor.mark("verdict", []);
    editor.mark("mistakes", []);
    verdict.stale();
    log.unlink();
    sources = [];
    clearTimeout(timer);
    timer = setTimeout(check, PAUSE);
  }

  function forgetVerdict() {
    editor.mark("verdict", []);
    log.fill([], false);
    runs.hide();
    runner.hide();
    shared.replaceChildren();
    verdict.say(exampleWith(editor.text) ? PREDICT : "");
  }

  /**
   * Mark the mistakes.
   * @returns {Assembled}
   */
  function check() {
    clearTimeout(timer);
    examples.value = exampleWith(editor.text)?.name ?? OWN;
    const assembled = assemble(editor.text);
    const { errors } = assembled;
    editor.mark(
      "mistakes",
      errors.map((error) => ({ ...error, kind: "error" })),
    );
    editor.field.setAttribute("aria-invalid", String(errors.length > 0));
    mistakes.replaceChildren(...errors.map(mistake));
    show(mistakes, errors.length > 0);
    return assembled;
  }

  /**
   * @param {SourceError} error
   * @returns {HTMLLIElement}
   */
  function mistake({ line, column, message }) {
    const place = make(
      "button",
      { type: "button", class: "pg-link", onclick: () => editor.goTo(line, column) },
      `line ${line}, column ${column}`,
    );
    return make("li", {}, place, `: ${nameInvisible(message)}`);
  }

  // The kernel

  /** @returns {Promise<void>} */
  async function loadProgram() {
    const program = check();
    const { maps, errors } = program;
    if (errors.length) {
      editor.goTo(errors[0].line, errors[0].column);
      return;
    }
    const { text } = editor;
    const example = exampleWith(text);
    const expectation = (least.checked && example?.without) || example;
    forgetVerdict();
    const answer = await session.load(program, least.checked);
    if ("failure" in answer) return failed(answer);
    const { seconds } = waiting;
    const left = "accepted" in answer && answer.accepted ? await session.translation() : null;
    if (left && "failure" in left) return failed(left);
    waiting.end();
    if ("map" in answer) notMade(maps[answer.map], answer.error);
    else judge(answer, program, seconds, expectation);
    if (left && !left.error) runs.fill(translated(left.insns, program.insns), left.cut);
    if (text !== editor.text) changed();
  }

  /**
   * @param {import("../kernel/kernel.js").Answer} answer
   * @param {Assembled} program
   * @param {number} seconds
   * @param {Expectation} [expectation]
   */
  function judge(answer, { insns, lines, maps }, seconds, expectation) {
    sources = lines;
    const judged = readVerdict(answer, sources, insns);
    verdict.judge(judged, seconds, expectation && isAs(expectation, judged) ? expectation.why : undefined);
    log.fill(judged.lines, Boolean(answer.cut));
    if (judged.source !== null) editor.mark("verdict", [{ line: judged.source, kind: "refused" }]);
    if (judged.accepted) runner.offer(maps);
  }

  /**
   * @param {Assembled["maps"][number]} map
   * @param {string} error
   */
  function notMade({ name, line }, error) {
    editor.mark("verdict", [{ line, kind: "refused" }]);
    verdict.fail(`The kernel did not make the map ${name}, on line ${line}: ${error}.`);
  }

  /** @param {import("../kernel/session.js").Failure} failure whose text is empty if the reader stopped it, and has been told */
  function failed({ failure, gone }) {
    if (!failure) return;
    waiting.end();
    runs.hide();
    runner.hide();
    const again = make("button", { type: "button", class: "pg-button", onclick: startOver }, "Start over");
    verdict.fail(failure, gone ? again : undefined);
  }

  async function startOver() {
    load.focus(); // the button that was pressed goes away
    await startAnew(FRESH, session.start);
  }

  async function resetKernel() {
    await startAnew(FRESH);
  }

  async function stopWork() {
    await startAnew("Stopped. The program is still here, and the kernel is as after its start.");
    load.focus();
  }

  /** @param {string} words @param {() => Promise<import("../kernel/session.js").Failure | null>} [begin] */
  async function startAnew(words, begin = session.reset) {
    waiting.end();
    forgetVerdict();
    const failure = await begin();
    waiting.end();
    if (failure) failed(failure);
    else verdict.say(words);
  }

  /**
   * @param {import("../kernel/session.js").State} state
   * @param {import("../kernel/session.js").Progress} [progress]
   */
  function onState(state, progress = {}) {
    const busy = state === "starting" || state === "working";
    disable(load, busy);
    disable(reset, state === "off" || state === "starting");
    runner.busy(busy);
    element.setAttribute("aria-busy", String(busy));
    if (state === "ready") show(hint, false);
    if (state === "starting") waiting.forStart(progress);
    if (state === "working") waiting.forAnswer();
    else if (state !== "starting") waiting.end();
  }

  // The link

  async function shareProgram() {
    const { text } = editor;
    location.hash = hashOf(text);
    keep();
    const url = location.href;
    const long = url.length > SAFE_LENGTH ? ` It has ${url.length} characters: some programs cut such long links.` : "";
    try {
      await navigator.clipboard.writeText(url);
      shared.replaceChildren(`The link is copied, and in the address line.${long}`);
    } catch {
      const field = make("input", {
        class: "pg-url",
        readonly: true,
        value: url,
        "aria-label": "Link to this program",
      });
      shared.replaceChildren(`This is the link.${long}`, field);
      field.focus();
      field.select();
    }
  }

  /** @returns {boolean} true if the address brought a program */
  function fromAddress() {
    const found = readHash(location.hash);
    if (!found) return false;
    if ("damaged" in found) {
      if (!editor.text) showExample(EXAMPLES[0]);
      verdict.fail("The link is damaged: no program can be read from it. Ask for it again, or begin with an example.");
      return true;
    }
    const text = "program" in found ? found.program : exampleNamed(found.example)?.text;
    if (text === undefined) return false;
    if (text === editor.text) return true;
    if ("program" in found) own ||= found.program; // it can be chosen again after an example
    setProgram(text);
    return true;
  }

  // The log and the program, side by side

  /** @param {number | null} source */
  function point(source) {
    log.highlight(source);
    editor.mark("pointed", source === null || !sources.includes(source) ? [] : [{ line: source, kind: "linked" }]);
  }

  return { setProgram };
}

/**
 * @param {Expectation} expectation
 * @param {import("../verifier/verdict.js").Verdict} verdict
 * @returns {boolean} true if the kernel said what it was expected to say
 */
function isAs({ expected }, { accepted, reason }) {
  return expected === "accepted" ? accepted : new RegExp(expected).test(reason ?? "");
}

/**
 * @param {string} name
 * @returns {Example | undefined}
 */
function exampleNamed(name) {
  return EXAMPLES.find((example) => example.name === name);
}

/**
 * @param {string} text
 * @returns {Example | undefined}
 */
function exampleWith(text) {
  return EXAMPLES.find((example) => example.text === text);
}

/**
 * @param {readonly Example[]} list
 * @returns {Map<string, Example[]>}
 */
function groupBy(list) {
  const groups = new Map();
  for (const example of list) groups.set(example.group, [...(groups.get(example.group) ?? []), example]);
  return groups;
}

/**
 * @param {number} bytes
 * @returns {string}
 */
function firstLoadHint(bytes) {
  return `The first Load fetches and starts the kernel: ${(bytes / 1e6).toFixed(1)} MB.`;
}
