// SPDX-License-Identifier: GPL-2.0-only
/**
 * The machine in the page, as the emulator wants it described. It must be the same when the kernel's state is saved
 * and when it is restored.
 */

const MEGABYTE = 1 << 20;

export const INITRD = 64 * MEGABYTE; // where the emulator puts it, and the memory that the kernel has ends

/** @type {import("v86").V86Options} */
export const MACHINE = {
  memory_size: INITRD + 16 * MEGABYTE,
  vga_memory_size: MEGABYTE,
  uart1: true, // the playground's line; the console is the first one
  disable_keyboard: true,
  disable_mouse: true,
  disable_speaker: true,
};

export const CONSOLE = 0;
export const AGENT = 1;
