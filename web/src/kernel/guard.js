// SPDX-License-Identifier: GPL-2.0-only
/** No wait without an end: limits, and ears for what goes wrong where no promise is rejected for it. */

/**
 * @template T
 * @param {Promise<T>} work
 * @param {number} milliseconds
 * @param {() => Error} late what it is rejected with then
 * @returns {Promise<T>}
 */
export function within(work, milliseconds, late) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

const SECOND = 1000;

/**
 * As within(), but what counts are the seconds in which the page ran: a computer that slept gave the work no time.
 * @template T
 * @param {Promise<T>} work
 * @param {number} seconds
 * @param {() => Error} late what it is rejected with then
 * @returns {Promise<T>}
 */
export function patiently(work, seconds, late) {
  return new Promise((resolve, reject) => {
    let left = seconds;
    const timer = setInterval(() => {
      left -= 1;
      if (left > 0) return;
      clearInterval(timer);
      reject(late());
    }, SECOND);
    work.then(resolve, reject).finally(() => clearInterval(timer));
  });
}

/**
 * @template T
 * @param {Promise<T>} work
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T>} rejected with the signal's reason as soon as there is one
 */
export function unless(signal, work) {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/** Policies of a server or a browser under which the emulator can't work; those for styles and pictures it outlives. */
const VITAL = /^(script|worker|child|default)-src/;

/**
 * Listen for errors that nobody caught, and for policies that forbid what the emulator does.
 * @param {(error: unknown, place: string) => void} onError `place` is where it was thrown, as far as that is known
 * @param {EventTarget} [page]
 * @returns {() => void} stops it
 */
export function hearErrors(onError, page = /** @type {EventTarget} */ (globalThis)) {
  /** @type {Record<string, (event: any) => void>} */
  const ears = {
    // Without an error object it is not one of a script, such as "ResizeObserver loop completed ...".
    error: ({ error, filename }) => error && onError(error, `${filename} ${error.stack}`),
    unhandledrejection: (event) => onError(event.reason, `${event.reason?.stack}`),
    securitypolicyviolation: ({ disposition, effectiveDirective: rule }) =>
      disposition === "enforce" && VITAL.test(rule) && onError(new Error(`a policy forbids it (${rule})`), FORBIDDEN),
  };
  for (const [name, ear] of Object.entries(ears)) page.addEventListener?.(name, ear, true);
  return () => {
    for (const [name, ear] of Object.entries(ears)) page.removeEventListener?.(name, ear, true);
  };
}

/** The place of what a policy forbade. */
export const FORBIDDEN = "policy";
