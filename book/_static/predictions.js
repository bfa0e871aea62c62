/* Whoever has made a choice wants to see what the cells say to it: unfold that, up to the next question. */
"use strict";

addEventListener(
  "toggle",
  ({ target: choice }) => {
    if (!choice.open || !choice.classList.contains("choice")) {
      return;
    }
    const parts = [...document.querySelectorAll(".choice, .answer")];
    let unfolded = false;
    for (const part of parts.slice(parts.indexOf(choice) + 1)) {
      const isAnswer = part.classList.contains("answer");
      if (unfolded && !isAnswer) {
        return;
      }
      unfolded ||= isAnswer;
      part.open ||= isAnswer;
    }
  },
  true, // this event does not bubble
);
