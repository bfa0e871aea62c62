// SPDX-License-Identifier: GPL-2.0-only

/**
 * The running JupyterLab's own modules.
 * @param {import("./jupyterlab.js").ShareScope} scope what it shares
 * @param {Record<string, string>} names of modules, by what they are called here
 * @returns {Promise<any>} the modules by those words. Throws if one is missing
 */
export async function modules(scope, names) {
  const found = Object.entries(names).map(async ([key, name]) => {
    const versions = Object.values(scope[name] ?? {});
    const version = versions.find((it) => it.loaded) ?? versions[0];
    if (!version) throw new Error(`It does not share ${name}.`);
    return [key, (await version.get())()];
  });
  return Object.fromEntries(await Promise.all(found));
}
