// The theme takes the focus off the buttons above a page once they are pressed, for mice: a tooltip would stay.
// Who presses them by a key (a click without a count) keeps the place.
document.addEventListener(
  "click",
  ({ target, detail }) => {
    const button = target.closest(".bd-header-article button");
    if (button) button.blur = detail ? HTMLElement.prototype.blur : () => {};
  },
  true,
);

// The theme's own way to this is an attribute with a script in it, which the pages' policy forbids.
document.addEventListener("click", ({ target }) => {
  if (target.closest(".btn-fullscreen-button")) toggleFullScreen();
});
