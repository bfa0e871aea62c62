// SPDX-License-Identifier: GPL-2.0-only
/** Make elements. Text only ever goes in as text: what programs and links contain is never read as HTML. */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [attributes] `on…` are listeners, false and null leave an attribute out
 * @param {...(Node | string | null | undefined)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.flatMap((child) => child ?? []));
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {boolean} shown
 */
export function show(element, shown) {
  element.hidden = !shown;
}

/**
 * Unlike with `disabled`, a button that had the focus still has it.
 * @param {HTMLButtonElement} button
 * @param {boolean} is
 */
export function disable(button, is) {
  if (is) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
}

/**
 * @param {HTMLButtonElement} button
 * @returns {boolean}
 */
export function isDisabled(button) {
  return button.hasAttribute("aria-disabled");
}

/**
 * @param {() => unknown} action of a button
 * @returns {(event: Event) => void} does nothing while the button is disabled
 */
export function ifEnabled(action) {
  return ({ currentTarget: button }) => {
    if (!(button instanceof HTMLButtonElement && isDisabled(button))) action();
  };
}
