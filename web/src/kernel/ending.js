// SPDX-License-Identifier: GPL-2.0-only
/** The last words of a kernel, as it prints them on its console (kernel/reboot.c, kernel/panic.c). */

const LAST_WORDS = /reboot: (?:System halted|Power down|Restarting system).*|Kernel panic - not syncing.*/;

/**
 * @param {string} line
 * @returns {string | null} what of it says that the kernel ends; a panic that is over has its own last line
 */
export function endingIn(line) {
  return LAST_WORDS.exec(line)?.[0].replace(/ *\]---\s*$/, "").trim() ?? null;
}
