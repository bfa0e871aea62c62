// SPDX-License-Identifier: GPL-2.0-only
/**
 * Get the large files of the kernel in the page: by the web's means from a server, as scripts from disk, where browsers
 * let a page read nothing else. The scripts hold the same bytes as text; see kernel_lab.
 *
 * A file's name ends in the checksum of its bytes. So a copy that the browser kept from an older book is never taken for
 * the new one, and a damaged one is noticed.
 */

import { crc32 } from "./crc32.js";
import { Problem } from "./problem.js";

/**
 * @typedef {object} Part of what is downloaded
 * @property {string} file its name: NAME-CHECKSUM.bin or NAME-CHECKSUM.js
 * @property {number} bytes
 * @property {string} [integrity] of a script, for the browser to check
 */

/** @typedef {{signal: AbortSignal, onBytes: (bytes: number) => void}} Way onBytes is told how many have come now */

const STALL_SECONDS = 30; // without a single byte

const own = /** @type {HTMLScriptElement | null} */ (document.currentScript);
const folder = new URL(".", own?.src ?? document.baseURI);
const fromDisk = folder.protocol === "file:";

/**
 * @param {Part} part a script beside this one
 * @param {Way} way
 * @returns {Promise<void>} that it has been run
 */
export async function runScript({ file, bytes, integrity }, { signal, onBytes }) {
  const script = document.createElement("script");
  script.src = new URL(file, folder).href;
  if (integrity && !fromDisk) script.integrity = integrity;
  const stop = new AbortController();
  const alive = watchdog(file, stop);
  try {
    await new Promise((resolve, reject) => {
      script.onload = resolve;
      script.onerror = () => reject(brokeOff(file));
      for (const one of [signal, stop.signal]) one.addEventListener("abort", () => reject(one.reason));
      document.head.append(script);
      alive();
    });
    onBytes(bytes);
  } finally {
    stop.abort();
    script.remove();
  }
}

/**
 * @param {Part} part
 * @param {Way} way
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function fetchPack(part, way) {
  const bytes = await (fromDisk ? packFromScript(part, way) : packFromServer(part, way));
  const wanted = /-([0-9a-f]{8})\.\w+$/.exec(part.file)?.[1];
  if (bytes.length !== part.bytes) throw brokeOff(part.file);
  if (crc32(bytes).toString(16).padStart(8, "0") === wanted) return bytes;
  distrusted.add(part.file);
  throw damaged(part.file);
}

/**
 * @param {Uint8Array<ArrayBuffer>} packed what gzip made
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function gunzip(packed) {
  if (typeof DecompressionStream === "undefined") {
    throw new Problem("This browser is too old to unpack the kernel. Any browser of the last years can.");
  }
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * @param {Part} part
 * @param {Way} way
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function packFromServer({ file }, { signal, onBytes }) {
  const stop = new AbortController();
  const onAbort = () => stop.abort(signal.reason);
  signal.addEventListener("abort", onAbort);
  const alive = watchdog(file, stop);
  try {
    if (signal.aborted) throw signal.reason;
    alive();
    const cache = distrusted.has(file) ? "reload" : "default";
    const answer = await fetch(new URL(file, folder), { signal: stop.signal, cache });
    if (!answer.ok) throw notGiven(file, answer.status);
    const pieces = [];
    for (const reader = answer.body?.getReader(); reader;) {
      alive();
      const { done, value } = await reader.read();
      if (done) break;
      pieces.push(value);
      onBytes(value.length);
    }
    return new Uint8Array(await new Blob(pieces).arrayBuffer());
  } catch (problem) {
    if (stop.signal.aborted) throw stop.signal.reason;
    throw problem instanceof Problem ? problem : brokeOff(file);
  } finally {
    signal.removeEventListener("abort", onAbort);
    stop.abort();
  }
}

/**
 * Files that came damaged: the browser may have kept them so.
 * @type {Set<string>}
 */
const distrusted = new Set();

/**
 * @param {string} file
 * @param {AbortController} stop is aborted when nothing has come for too long
 * @returns {() => void} something came
 */
function watchdog(file, stop) {
  const late = new Problem(
    `The download of ${file} stands still: nothing came for ${STALL_SECONDS} seconds. Check the connection, and press the button again.`,
  );
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  stop.signal.addEventListener("abort", () => clearTimeout(timer));
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => stop.abort(late), STALL_SECONDS * 1000);
  };
}

/**
 * What scripts brought, by name.
 * @type {Map<string, string>}
 */
const brought = new Map();
window.kernelPack = (name, text) => void brought.set(name, text);

/**
 * @param {Part} part
 * @param {Way} way
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function packFromScript({ file, bytes }, way) {
  const name = file.replace(/\.bin$/, "");
  await runScript({ file: `${name}.js`, bytes }, way);
  const text = brought.get(name) ?? "";
  brought.delete(name);
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    throw damaged(file);
  }
}

/**
 * @param {string} file
 * @returns {Problem}
 */
function brokeOff(file) {
  return new Problem(
    fromDisk
      ? `The file ${file.replace(/bin$/, "js")} beside this page can't be read. Was the book built by "make book"?`
      : `The download of ${file} broke off. Check the connection, and press the button again.`,
  );
}

/**
 * @param {string} file
 * @returns {Problem}
 */
function damaged(file) {
  return new Problem(
    fromDisk
      ? `The file ${file.replace(/bin$/, "js")} beside this page is damaged. "make book" makes it anew.`
      : `${file} arrived damaged: its checksum is wrong. Press the button again; if that does not help, reload the page.`,
  );
}

/**
 * @param {string} file
 * @param {number} status the server's
 * @returns {Problem}
 */
function notGiven(file, status) {
  const { pathname } = new URL(file, folder);
  if (status === 404 || status === 410) {
    return new Problem(
      `The server has no ${pathname} (${status}). Reload the page: the book may have been published anew. If you built it yourself, "make book" makes the file.`,
    );
  }
  if (status === 429 || status >= 500) {
    return new Problem(
      `The server can't give out ${pathname} (${status}) at the moment. Wait a little, and press the button again.`,
    );
  }
  return new Problem(`The server refuses to give out ${pathname} (${status}). Reload the page, or ask whoever runs it.`);
}
