// SPDX-License-Identifier: GPL-2.0-only
/**
 * Give programs to the kernel that pages load, without a page.
 *
 *     node ask_kernel.mjs FOLDER < PROGRAMS.json
 *
 * FOLDER is the one of the laboratory's cache in which the saved machines are. PROGRAMS is a list of objects: `text`,
 * and `least` if the program is loaded with no more capabilities than that takes. Printed is the list of the kernel's
 * answers, `{accepted, errno, log, cut}`.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import zlib from "node:zlib";
import { V86 } from "v86";

import { assemble } from "../src/assembler/assembler.js";
import { Kernel } from "../src/kernel/kernel.js";

const folder = process.argv[2];
/** @type {Record<string, {file: string}>} */
const parts = JSON.parse(readFileSync(path.join(folder, "parts.json"), "utf8"));
const pack = (/** @type {string} */ name) => new Uint8Array(readFileSync(path.join(folder, parts[name].file)));

const kernel = new Kernel({ V86, wasm: new Uint8Array(zlib.gunzipSync(pack("v86.wasm"))), state: pack("step-07") });
await kernel.reset();
/** @type {{text: string, least?: boolean}[]} */
const programs = JSON.parse(readFileSync(0, "utf8"));
const answers = [];
for (const { text, least } of programs) {
  const program = assemble(text);
  if (program.errors.length) throw new Error(`${text}: ${JSON.stringify(program.errors)}`);
  answers.push(await kernel.load(program, least));
}
process.stdout.write(JSON.stringify(answers), () => process.exit(0));
