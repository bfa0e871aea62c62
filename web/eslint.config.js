// SPDX-License-Identifier: GPL-2.0-only
import js from "@eslint/js";
import globals from "globals";

// Each room knows the names of its place alone: a word like `document` is unknown where no page is touched.
export default [
  js.configs.recommended,
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["src/assembler/**", "src/verifier/**"],
    languageOptions: { globals: globals["shared-node-browser"] },
  },
  {
    files: ["src/ui/**", "src/kernel/**", "src/*.js", "lab/**"],
    languageOptions: { globals: globals.browser },
  },
  {
    files: ["src/kernel/make_state.mjs", "test/**", "eslint.config.js"],
    languageOptions: { globals: globals.node },
  },
];
