/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a page's script did not come, its console has a dead button, and its playground nothing at all: say so. */
"use strict";

addEventListener("load", () => {
  const words = "A script of this page did not arrive. Check the connection, and reload the page.";
  const places = [
    ...document.querySelectorAll(".kernel-start:disabled + .kernel-hint"),
    ...document.querySelectorAll(".playground:not(:has(button))"),
  ];
  for (const place of places) place.textContent = words;
});
