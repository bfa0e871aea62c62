// SPDX-License-Identifier: GPL-2.0-only
/** What scripts of the page that are not part of the bundle leave behind, or call. */
interface Window {
  /** The emulator's class, of emulator.js. */
  V86: typeof import("v86").V86;
  /** Called by the scripts that hold a pack, for pages from disk: see kernel/pack.js. */
  kernelPack: (name: string, text: string) => void;
}
