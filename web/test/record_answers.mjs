// SPDX-License-Identifier: GPL-2.0-only
/**
 * Ask the page's kernel anew what test/pairs.json and test/helper_calls.json have recorded, and say where it differs.
 *
 *     node test/record_answers.mjs FOLDER [--write]
 *
 * FOLDER is the one with the saved machines, as for ask_kernel.mjs. With --write the files get what the kernel says.
 * Exit status 1 where a pair's first program is accepted, or its second refused, or where an answer is another one.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

import { HELPERS } from "../src/assembler/helpers.js";

const [folder, ...options] = process.argv.slice(2);
const MOST_LOG = 1500; // characters of a log, from its end
const file = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
const read = (/** @type {string} */ name) => JSON.parse(readFileSync(file(name), "utf8"));

/** @typedef {{refused: string, mended: string, least: boolean, errno?: string, log?: string}} Pair */
/** @typedef {import("../src/kernel/kernel.js").Answer} Answer */

/** @type {Pair[]} */
const pairs = read("pairs.json");
const helpers = HELPERS.map((name, number) => ({
  text: `r1 = 0; r2 = 0; r3 = 0; r4 = 0; r5 = 0; call ${number ? name : 0}; r0 = 0; exit`,
}));
const programs = pairs.flatMap(({ refused, mended, least }) => [refused, mended].map((text) => ({ text, least })));
const asked = JSON.stringify([...programs, ...helpers]);
const said = execFileSync(process.execPath, [file("ask_kernel.mjs"), folder], { input: asked, maxBuffer: 1 << 28 });
/** @type {Answer[]} */
const answers = JSON.parse(said.toString());

/** @param {string} log @returns {string} whole lines of it, nothing of the time that it took, and no map's address */
function shortened(log) {
  const plain = log.replace(/^verification time .*\n/m, "").replace(/(?<=\(18\) r\d = )0x[c-f][0-9a-f]{7}\b/g, "0xc0000000");
  return plain.length <= MOST_LOG ? plain : plain.slice(plain.indexOf("\n", plain.length - MOST_LOG) + 1);
}

const wrong = pairs.flatMap(({ refused, mended }, index) => {
  const [first, second] = answers.slice(2 * index);
  return [...(first.accepted ? [`accepted: ${refused}`] : []), ...(second.accepted ? [] : [`refused: ${mended}`])];
});
const heard = pairs.map(({ refused, mended, least }, index) => {
  const { errno, log } = answers[2 * index];
  return { refused, mended, least, errno, log: shortened(log) };
});
const calls = Object.fromEntries(
  answers.slice(2 * pairs.length).map(({ accepted, errno, log }, number) => [
    HELPERS[number],
    { accepted, errno, log: accepted ? "" : log.split("\n").slice(-4).join("\n") },
  ]),
);
for (const [name, now] of Object.entries({ "pairs.json": heard, "helper_calls.json": calls })) {
  const text = `${JSON.stringify(now, null, 1)}\n`;
  if (options.includes("--write")) writeFileSync(file(name), text);
  else if (readFileSync(file(name), "utf8") !== text) wrong.push(`${name} is not what the kernel says`);
}
process.stdout.write(wrong.map((line) => `${line}\n`).join(""));
process.exit(wrong.length ? 1 : 0);
