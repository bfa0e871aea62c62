// SPDX-License-Identifier: GPL-2.0-only
/**
 * Get the large files of the kernel in the page: by the web's means from a server, as scripts from disk, where browsers
 * let a page read nothing else. The scripts hold the same bytes as text; see kernel_lab.
 */

/** Something that a reader can be told: what is wrong, and what to do. */
export class PackError extends Error {}

const own = /** @type {HTMLScriptElement | null} */ (document.currentScript);
const folder = new URL(".", own?.src ?? document.baseURI);
const fromDisk = folder.protocol === "file:";

/**
 * @param {string} name of a script beside this one
 * @returns {Promise<void>} that it has been run
 */
export function runScript(name) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(name, folder).href;
    script.onload = () => (script.remove(), resolve());
    script.onerror = () => (script.remove(), reject(brokeOff(name)));
    document.head.append(script);
  });
}

/** What every pack ends with, so that half of one is not taken for a whole one. */
const END = new TextEncoder().encode("END.");

/**
 * @param {string} name
 * @param {(bytes: number) => void} onBytes told how many have come since it was told last
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function fetchPack(name, onBytes) {
  const bytes = await (fromDisk ? packFromScript(name, onBytes) : packFromServer(name, onBytes));
  const end = bytes.subarray(-END.length);
  if (end.some((byte, at) => byte !== END[at])) throw brokeOff(name);
  return bytes.slice(0, -END.length);
}

/**
 * @param {Uint8Array<ArrayBuffer>} packed what gzip made
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function gunzip(packed) {
  if (typeof DecompressionStream === "undefined") {
    throw new PackError("This browser is too old to unpack the kernel. Any browser of the last years can.");
  }
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * @param {string} name
 * @param {(bytes: number) => void} onBytes
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function packFromServer(name, onBytes) {
  const url = new URL(`${name}.bin`, folder);
  const answer = await fetch(url).catch(() => Promise.reject(brokeOff(name)));
  if (!answer.ok) {
    throw new PackError(`The server has no ${url.pathname} (${answer.status}). Was the book built by "make book"?`);
  }
  const pieces = [];
  if (!answer.body) throw brokeOff(name);
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => Promise.reject(brokeOff(name)));
    if (done) break;
    pieces.push(value);
    onBytes(value.length);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

/**
 * What scripts brought, by name.
 * @type {Map<string, string>}
 */
const brought = new Map();
window.kernelPack = (name, text) => void brought.set(name, text);

/**
 * @param {string} name
 * @param {(bytes: number) => void} onBytes
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function packFromScript(name, onBytes) {
  await runScript(`${name}.js`);
  const bytes = Uint8Array.from(atob(brought.get(name) ?? ""), (character) => character.charCodeAt(0));
  brought.delete(name);
  onBytes(bytes.length);
  return bytes;
}

/**
 * @param {string} name
 * @returns {PackError}
 */
function brokeOff(name) {
  return new PackError(
    fromDisk
      ? `The file ${name}.js beside this page can't be read. Was the book built by "make book"?`
      : `The download of ${name} broke off. Check the connection, and press the button again.`,
  );
}
