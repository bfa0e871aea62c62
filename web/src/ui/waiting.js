// SPDX-License-Identifier: GPL-2.0-only
/** What the page shows while the kernel starts or thinks, and a way out. */
import { make } from "./dom.js";

const PATIENCE = 1000; // ms before waiting for an answer is worth a word

/** @typedef {{kind: "start", words: HTMLElement, bar: HTMLProgressElement}} Start */
/** @typedef {{kind: "answer", interval: ReturnType<typeof setInterval>, since: number}} Answer */

/**
 * @typedef {object} Waiting
 * @property {boolean} active
 * @property {number} seconds that the last answer took
 * @property {(progress: import("../kernel/session.js").Progress) => void} forStart
 * @property {() => void} forAnswer most answers come at once; for the others there is a clock
 * @property {() => void} end
 */

/**
 * @param {import("./verdict-view.js").VerdictView} verdict the place where it is shown
 * @param {() => void} onStop the reader does not want to wait
 * @returns {Waiting}
 */
export function createWaiting(verdict, onStop) {
  /** @type {Start | Answer | null} */
  let work = null;
  let seconds = 0;

  /** @returns {HTMLButtonElement} */
  function stopButton() {
    return make("button", { type: "button", class: "pg-button", onclick: onStop }, "Stop");
  }

  function end() {
    if (work?.kind === "answer") {
      clearInterval(work.interval);
      seconds = secondsSince(work.since);
    }
    work = null;
    verdict.rest();
  }

  /** @returns {Start} */
  function showStart() {
    const words = make("p", {});
    const bar = make("progress", { class: "pg-progress", "aria-label": "The kernel's start" });
    verdict.work(words, bar, stopButton());
    return { kind: "start", words, bar };
  }

  /**
   * It is read out once; the seconds are only for the eye.
   * @returns {HTMLElement}
   */
  function showClock() {
    const seconds = make("span", { "aria-hidden": "true" });
    verdict.work(make("p", {}, "The kernel is still at work … ", seconds), stopButton());
    return seconds;
  }

  return {
    get active() {
      return work !== null;
    },

    get seconds() {
      return seconds;
    },

    forStart({ what = "starting the kernel", done, total }) {
      let start = work;
      if (start?.kind !== "start") {
        end();
        work = start = showStart();
      }
      const { words, bar } = start;
      const sentence = `${what[0].toUpperCase()}${what.slice(1)} …`;
      if (words.textContent !== sentence) words.textContent = sentence;
      if (!total) return bar.removeAttribute("value");
      bar.max = total;
      bar.value = done ?? 0;
    },

    forAnswer() {
      if (work?.kind === "answer") return;
      end();
      const since = Date.now();
      /** @type {HTMLElement | undefined} */
      let clock;
      const interval = setInterval(() => {
        clock ??= showClock();
        clock.textContent = `${secondsSince(since)} s`;
      }, PATIENCE);
      work = { kind: "answer", interval, since };
    },

    end,
  };
}

/**
 * @param {number} since milliseconds, as Date.now() tells them
 * @returns {number}
 */
function secondsSince(since) {
  return Math.round((Date.now() - since) / 1000);
}
