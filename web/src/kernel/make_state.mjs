// SPDX-License-Identifier: GPL-2.0-only
/**
 * Boot the kernel in the page's machine, type the set-up's commands, and save the machine.
 *
 *     node make_state.mjs JOB.json
 *
 * JOB names the files `bios`, `wasm`, `bzimage`, `initrd`, and `state`, which is written, and has the list `commands`.
 * What the console showed of the commands is printed. Exit status 1, with the console's text, where the kernel does
 * not come as far, or a command fails.
 */

import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import zlib from "node:zlib";
import { V86 } from "v86";
import { AGENT, CONSOLE, MACHINE } from "./machine.js";
import { Screen } from "./screen.js";

const PATIENCE_SECONDS = 300; // a boot takes six on a slow machine
const PROMPT = "# ";
const ROUNDS = 20; // answers of the agent in which the console must stay silent
// Memory that is free is zero, so that it takes no room in the saved state.
const PARAMETERS = "console=ttyS0 quiet tsc=reliable mitigations=off random.trust_cpu=on init_on_free=1";

const job = JSON.parse(await readFile(process.argv[2], "utf8"));
/** @param {string} name */
const file = async (name) => ({ buffer: new Uint8Array(await readFile(job[name])).buffer });
const emulator = new V86({
  ...MACHINE,
  wasm_path: job.wasm,
  bios: await file("bios"),
  bzimage: await file("bzimage"),
  initrd: await file("initrd"),
  cmdline: PARAMETERS,
  fastboot: true,
  autostart: true,
});

let bytes = 0; // that the console has printed
const screens = { [CONSOLE]: new Screen(), [AGENT]: new Screen() };
/** @type {{until: () => boolean, resolve: () => void}[]} */
const waiting = [];
for (const port of /** @type {const} */ ([CONSOLE, AGENT])) {
  emulator.add_listener(`serial${port}-output-byte`, (byte) => {
    screens[port].write(Uint8Array.of(byte));
    if (port === CONSOLE) bytes += 1;
    for (const one of waiting.splice(0)) one.until() ? one.resolve() : waiting.push(one);
  });
}
/** @param {() => boolean} condition @returns {Promise<void>} that it holds, after something that was printed */
const until = (condition) =>
  new Promise((resolve) => (condition() ? resolve() : waiting.push({ until: condition, resolve })));
const console_ = screens[CONSOLE];
const atPrompt = () => console_.line === PROMPT;

setTimeout(() => {
  process.stderr.write(`no answer within ${PATIENCE_SECONDS} s\n${console_.text}\n`);
  process.exit(1);
}, PATIENCE_SECONDS * 1000).unref();

/**
 * The emulator itself knows how to read this. The long window finds what is twice in the machine's memory.
 * @param {ArrayBuffer} state
 * @returns {Uint8Array}
 */
function compressed(state) {
  const { ZSTD_c_compressionLevel: level, ZSTD_c_windowLog: window } = zlib.constants;
  return zlib.zstdCompressSync(new Uint8Array(state), { params: { [level]: 19, [window]: 25 } });
}

/**
 * Type a command and wait for the prompt behind its output.
 * @param {string} command
 */
async function type(command) {
  const before = console_.lines.length;
  emulator.serial0_send(`${command}\n`);
  await until(() => console_.lines.length > before && atPrompt());
}

/**
 * Wait until the shell has said all that it wants to say: behind its prompt it asks the terminal where the cursor is
 * (ESC [ 6 n), and what is saved amid that sequence shows its rest to the reader. The guest's own time counts, however
 * busy this machine is: it has one processor, so while the agent waits for the next request, the shell goes on.
 */
async function settled() {
  for (let silent = 0; silent < ROUNDS;) {
    const before = bytes;
    const answers = screens[AGENT].lines.length;
    emulator.serial_send_bytes(AGENT, new TextEncoder().encode("ping\n"));
    await until(() => screens[AGENT].lines.length > answers);
    silent = bytes === before ? silent + 1 : 0;
  }
  await until(() => atPrompt() && console_.settled);
}

await until(() => atPrompt() && screens[AGENT].lines.length > 0);
const first = console_.lines.length;
for (const command of job.commands) await type(command);
const transcript = console_.lines.slice(first).join("\n");
await type("echo status $?");
if (console_.lines.at(-1) !== "status 0") {
  process.stderr.write(`the last command failed\n${transcript}\n`);
  process.exit(1);
}
await type("clear");
await settled();
await emulator.stop();
await writeFile(job.state, compressed(await emulator.save_state()));
process.stdout.write(transcript);
process.exit(0);
