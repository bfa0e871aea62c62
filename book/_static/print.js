/* Paper is white, and nothing on it can be unfolded: print in light colours, with the solutions open. What a cell folds
   away in its output stays so: the commands that built a kernel are the same each time. */
"use strict";

(() => {
  const root = document.documentElement;
  let theme, folded;

  addEventListener("beforeprint", () => {
    theme = root.dataset.theme;
    folded = [...document.querySelectorAll(".bd-article details:not([open], .choice, .hide, .output *)")];
    root.dataset.theme = "light";
    folded.forEach((details) => (details.open = true));
  });
  addEventListener("afterprint", () => {
    root.dataset.theme = theme;
    folded.forEach((details) => (details.open = false));
  });
})();
