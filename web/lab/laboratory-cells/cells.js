// SPDX-License-Identifier: GPL-2.0-only
/*
 * The laboratory's cells in JupyterLab, each in the language that its first line names. An editor's language is CodeMirror's
 * `language` facet, which is computed here from the text: so it follows while the reader types, and JupyterLab's own
 * choice, the kernel's language, is untouched below it.
 */

/** @typedef {import("./jupyterlab.js").Extensions} Extensions */
/** @typedef {import("./jupyterlab.js").Input} Input */
/** @typedef {import("./jupyterlab.js").Language} Language */
/** @typedef {import("./jupyterlab.js").Languages} Languages */
/** @typedef {import("./jupyterlab.js").Modules} Modules */
/** @typedef {import("./jupyterlab.js").Plugin} Plugin */
/** @typedef {import("./jupyterlab.js").State} State */

export const MODULES = {
  jupyter: "@jupyterlab/codemirror",
  state: "@codemirror/state",
  language: "@codemirror/language",
  common: "@lezer/common",
  highlight: "@lezer/highlight",
};
/** @type {[RegExp, string][]} How a line of a patch begins. JupyterLab's own language takes file names for changes. */
const PATCH = [
  [/^(diff |index |new |deleted |--- |\+\+\+ )/, "heading"],
  [/^@@ /, "labelName"],
  [/^\+/, "inserted"],
  [/^-/, "deleted"],
];

/** @param {string} line a cell's first line @returns {string | null} the language below it; null: JupyterLab's own */
export function kindOf(line) {
  const [, magic] = /^\s*%%(\w+)(?!\S)/.exec(line) ?? [];
  if (magic === "patch") return "patch";
  if (magic === "commit") return "text";
  if (magic === "guest" || magic === "repository") return "shell";
  if (magic !== "source") return null;
  if (/\.[ch]\s*$/.test(line)) return "c";
  return /\.(sh|config)\s*$/.test(line) ? "shell" : "text";
}

/** @param {Input} input a text @returns {Input} the same, with blanks for its first line */
export function withoutFirstLine(input) {
  const [line] = input.read(0, Math.min(input.length, 1000)).split("\n", 1);
  /** @param {string} text @param {number} from */
  function hidden(text, from) {
    const end = Math.min(Math.max(line.length - from, 0), text.length);
    return " ".repeat(end) + text.slice(end);
  }
  return {
    length: input.length,
    lineChunks: input.lineChunks,
    chunk: (from) => hidden(input.chunk(from), from),
    read: (from, to) => hidden(input.read(from, to), from),
  };
}

/** @param {Modules} modules @param {string} name @param {Language} inner @returns {Language} it, below a magic's line */
function below({ common, language }, name, inner) {
  class Below extends common.Parser {
    /** @type {import("./jupyterlab.js").Parser["createParse"]} */
    createParse(input, fragments, ranges) {
      return inner.parser.createParse(withoutFirstLine(input), fragments, ranges);
    }
  }
  return new language.Language(inner.data, new Below(), [], name);
}

/** @param {Modules} modules @param {Languages} registry @returns {Promise<object>} what each editor gets */
async function extension(modules, registry) {
  const { state, language, highlight } = modules;
  const [c, shell, text] = await Promise.all(
    ["text/x-csrc", "text/x-sh", "text/plain"].map(async (mime) => (await registry.getLanguage(mime))?.support?.language),
  );
  if (!c || !shell || !text || !(c instanceof language.Language)) throw new Error("The languages are others.");
  const patch = language.StreamLanguage.define({
    name: "patch",
    token(stream) {
      const found = PATCH.find(([start]) => stream.match(start));
      stream.skipToEnd();
      return found ? found[1] : null;
    },
  });
  const languages = new Map(Object.entries({ patch, c, shell, text }).map(([name, it]) => [name, below(modules, name, it)]));

  /** @param {State} editor */
  const kind = (editor) => kindOf(editor.doc.line(1).text) ?? "";
  /** @template T @param {(kind: string) => T | undefined} choose @returns {(editor: State) => T[]} */
  const by = (choose) => (editor) => [choose(kind(editor))].filter((it) => it !== undefined);
  const tabs = ["patch", "c"]; // as the kernel indents
  return [
    state.Prec.highest([
      language.language.computeN(["doc"], by((kind) => languages.get(kind))),
      language.indentUnit.computeN(["doc"], by((kind) => (tabs.includes(kind) ? "\t" : undefined))),
      state.EditorState.tabSize.computeN(["doc"], by((kind) => (tabs.includes(kind) ? 8 : undefined))),
    ]),
    state.Prec.lowest(language.language.of(text)), // for an editor whose own language is not loaded yet
    language.syntaxHighlighting(
      language.HighlightStyle.define([
        { tag: highlight.tags.inserted, color: "var(--jp-mirror-editor-keyword-color)" },
        { tag: highlight.tags.deleted, color: "var(--jp-mirror-editor-string-color)" },
      ]), // JupyterLab's themes have colours for neither
    ),
  ];
}

/** @param {string} name @param {Modules} all @returns {Plugin} what JupyterLab starts */
export function plugin(name, all) {
  const { IEditorLanguageRegistry, IEditorExtensionRegistry, EditorExtensionRegistry } = all.jupyter;
  return {
    id: `${name}:plugin`,
    autoStart: true,
    optional: [IEditorLanguageRegistry, IEditorExtensionRegistry],
    async activate(_, /** @type {Languages | null} */ languages, /** @type {Extensions | null} */ extensions) {
      try {
        if (!languages || !extensions) throw new Error("It has no registry of languages, or of extensions.");
        const made = await extension(all, languages);
        all.state.EditorState.create({ doc: "%%patch\n+", extensions: made }); // throws if it fits no editor
        extensions.addExtension({ name, factory: () => EditorExtensionRegistry.createImmutableExtension(made) });
      } catch (error) {
        console.info(`${name}: this JupyterLab is not as expected, its cells keep their colours.`, error);
      }
    },
  };
}
