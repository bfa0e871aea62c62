// SPDX-License-Identifier: GPL-2.0-only
/**
 * The machine in the page, as the emulator wants it described. It must be the same when the kernel's state is saved
 * and when it is restored.
 */

const MEGABYTE = 1 << 20;

/** A verifier that gives up after a million instructions has used up to 60 of them. */
const FOR_KERNEL = 96 * MEGABYTE;
const FOR_FIRMWARE = 16 * MEGABYTE; // which it keeps at the end

/** @type {import("v86").V86Options} */
export const MACHINE = {
  memory_size: FOR_KERNEL + FOR_FIRMWARE,
  vga_memory_size: MEGABYTE,
  uart1: true, // the playground's line; the console is the first one
  disable_keyboard: true,
  disable_mouse: true,
  disable_speaker: true,
};

export const CONSOLE = 0;
export const AGENT = 1;
