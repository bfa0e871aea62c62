// SPDX-License-Identifier: GPL-2.0-only
/*
 * What JupyterLab loads, in the form that bundlers give it: a container, to which JupyterLab hands the modules that it
 * shares, and which hands out the plugins of the files beside it. If anything is not as one of them needs it, it is left out.
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
      const plugins = [];
      for (const file of ["cells.js", "left_running.js"]) {
        try {
          /** @type {typeof import("./shared.js")} */
          const { modules } = await import(new URL("shared.js", here).href);
          /** @type {typeof import("./cells.js") | typeof import("./left_running.js")} */
          const { MODULES, plugin } = await import(new URL(file, here).href);
          plugins.push(plugin(NAME, await modules(shared, MODULES)));
        } catch (error) {
          console.info(`${NAME}: this JupyterLab is not as expected, and goes without ${file}.`, error);
        }
      }
      return () => ({ __esModule: true, default: plugins });
    },
  };
}
