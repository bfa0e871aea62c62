// SPDX-License-Identifier: GPL-2.0-only
/** A program as the end of a link, `#program=…`, so that it can be shared; and examples by their name, `#example=…`. */

const PROGRAM = "#program=";
const EXAMPLE = "#example=";

/** Longer links are cut by some mail and chat programs. */
export const SAFE_LENGTH = 2000;

/**
 * @param {string} text
 * @returns {string} base64url of its UTF-8
 */
export function toBase64Url(text) {
  const bytes = new TextEncoder().encode(text);
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/**
 * @param {string} encoded
 * @returns {string | null} null if it is no base64url of UTF-8
 */
export function fromBase64Url(encoded) {
  try {
    const binary = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/**
 * @param {string} text
 * @returns {string} a hash that brings the program back
 */
export function hashOf(text) {
  return PROGRAM + toBase64Url(text);
}

/**
 * @param {string} hash of a page's address
 * @returns {{program: string} | {example: string} | {damaged: true} | null} null if it means no program
 */
export function readHash(hash) {
  if (hash.startsWith(EXAMPLE)) return { example: hash.slice(EXAMPLE.length) };
  if (!hash.startsWith(PROGRAM)) return null;
  const program = fromBase64Url(hash.slice(PROGRAM.length));
  return program === null ? { damaged: true } : { program };
}
