// SPDX-License-Identifier: GPL-2.0-only
/*
 * What JupyterLab loads, in the form that bundlers give it: a container, to which JupyterLab hands the modules that it
 * shares, and which hands out the plugin of cells.js. If anything is not as cells.js needs it, it hands out none.
 */
{
  const NAME = "laboratory-cells";
  const here = /** @type {HTMLScriptElement} */ (document.currentScript).src;
  /** @type {import("./jupyterlab.js").ShareScope} */
  let shared = {};

  (window._JUPYTERLAB ??= {})[NAME] = {
    init(scope) {
      shared = scope;
    },
    async get() {
      /** @type {import("./jupyterlab.js").Plugin[]} */
      let plugins = [];
      try {
        /** @type {typeof import("./cells.js")} */
        const cells = await import(new URL("cells.js", here).href);
        plugins = [await cells.plugin(NAME, shared)];
      } catch (error) {
        console.info(`${NAME}: this JupyterLab is not as expected, its cells keep their colours.`, error);
      }
      return () => ({ __esModule: true, default: plugins });
    },
  };
}
