// SPDX-License-Identifier: GPL-2.0-only
/**
 * Have the page's kernel make maps of many sizes, and say where it does not agree with the assembler: what the one
 * refuses, the other has to refuse, too.
 *
 *     node test/try_maps.mjs FOLDER
 *
 * FOLDER is the one with the saved machines, as for ask_kernel.mjs. Exit status 1 where they differ.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import zlib from "node:zlib";
import { V86 } from "v86";

import { assemble } from "../src/assembler/assembler.js";
import { Kernel } from "../src/kernel/kernel.js";

const TYPES = Object.entries({ hash: 1, array: 2, percpu_hash: 5, percpu_array: 6, lru_hash: 9, queue: 22, stack: 23, ringbuf: 27 });
const KEYS = [0, 1, 4, 5, 8];
const VALUES = [0, 1, 4, 13, 32768, 32769];
const ENTRIES = [0, 1, 3, 4095, 4096, 8192, 12288];

const folder = process.argv[2];
/** @type {Record<string, {file: string}>} */
const parts = JSON.parse(readFileSync(path.join(folder, "parts.json"), "utf8"));
const pack = (/** @type {string} */ name) => new Uint8Array(readFileSync(path.join(folder, parts[name].file)));
const kernel = new Kernel({ V86, wasm: new Uint8Array(zlib.gunzipSync(pack("v86.wasm"))), state: pack("step-07") });
await kernel.reset();

/**
 * @param {string | undefined} message of the assembler
 * @param {number} entries which the kernel looks at before it asks whether a value is too large
 * @returns {string} what the kernel says then
 */
function refusalOf(message = "", entries) {
  if (message.startsWith("a value for each processor") && entries) return "E2BIG";
  return message ? "EINVAL" : "";
}

const { insns } = assemble("r0 = 0; exit");
/** @type {string[]} */
const wrong = [];
let made = 0;
for (const [type, number] of TYPES)
  for (const key of KEYS)
    for (const value of VALUES)
      for (const entries of ENTRIES) {
        const text = `map m type ${type} key ${key} value ${value} entries ${entries}`;
        const { errors } = assemble(`${text}\nr0 = 0; exit`);
        if (/no more than|this page's machine/.test(errors[0]?.message)) continue; // the page's own limits
        const answer = await kernel.load({ insns, maps: [{ number, key, value, entries }] });
        const refusal = "map" in answer ? answer.error : "";
        if (!refusal) made += 1;
        if (refusal !== refusalOf(errors[0]?.message, entries)) wrong.push(`${text}: ${refusal || "made"}, ${errors[0]?.message}`);
      }
process.stdout.write([...wrong, `${made} maps were made`, ""].join("\n"), () => process.exit(wrong.length ? 1 : 0));
