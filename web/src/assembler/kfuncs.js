// SPDX-License-Identifier: GPL-2.0-only
/** The book's kfuncs, of notebook 13. The playground's kernel has none of them, and no types to find one by. */

/** @type {readonly string[]} */
export const KFUNCS = Object.freeze(["bpf_oreore_ppid", "oreore_counter_get", "oreore_counter_add", "oreore_counter_put"]);

/**
 * @param {string} name of one
 * @returns {string}
 */
export function noKfunc(name) {
  return `${name} is a kfunc, which is called by its number in the kernel's types (BTF): this page's kernel has neither, so try it in notebook 13`;
}
