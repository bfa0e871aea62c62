// SPDX-License-Identifier: GPL-2.0-only
/** What a page with a console runs when it is loaded. */

import { mountConsole } from "./ui/console.js";

/** @type {NodeListOf<HTMLElement>} */
const consoles = document.querySelectorAll(".kernel-console");
for (const place of consoles) mountConsole(place);
