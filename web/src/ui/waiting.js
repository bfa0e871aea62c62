/** What the page shows while the kernel starts or thinks, and a way out. */
import { make } from "./dom.js";

const PATIENCE = 1000; // ms before waiting for an answer is worth a word

/**
 * @param {ReturnType<typeof import("./verdict-view.js").createVerdictView>} verdict the place where it is shown
 * @param {() => void} onStop the reader does not want to wait
 */
export function createWaiting(verdict, onStop) {
  let work = null;

  function stopButton() {
    return make("button", { type: "button", class: "pg-button", onclick: onStop }, "Stop");
  }

  function end() {
    clearInterval(work?.interval);
    work = null;
    verdict.rest();
  }

  function showStart() {
    const words = make("p", {});
    const bar = make("progress", { class: "pg-progress", "aria-label": "The kernel's start" });
    verdict.work(words, bar, stopButton());
    return { kind: "start", words, bar };
  }

  /** It is read out once; the seconds are only for the eye. */
  function showClock() {
    const seconds = make("span", { "aria-hidden": "true" });
    verdict.work(make("p", {}, "The kernel is still at work … ", seconds), stopButton());
    return seconds;
  }

  return {
    get active() {
      return work !== null;
    },

    /** @param {import("../kernel/session.js").Progress} progress */
    forStart({ what = "starting the kernel", done, total }) {
      if (work?.kind !== "start") {
        end();
        work = showStart();
      }
      const { words, bar } = work;
      const sentence = `${what[0].toUpperCase()}${what.slice(1)} …`;
      if (words.textContent !== sentence) words.textContent = sentence;
      if (!total) return bar.removeAttribute("value");
      bar.max = total;
      bar.value = done ?? 0;
    },

    /** Most answers come at once; for the others there is a clock. */
    forAnswer() {
      if (work?.kind === "answer") return;
      end();
      const since = Date.now();
      const waiting = { kind: "answer", seconds: null, interval: 0 };
      work = waiting;
      waiting.interval = setInterval(() => {
        waiting.seconds ??= showClock();
        waiting.seconds.textContent = `${Math.round((Date.now() - since) / 1000)} s`;
      }, PATIENCE);
    },

    end,
  };
}
