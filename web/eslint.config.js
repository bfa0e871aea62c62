// SPDX-License-Identifier: GPL-2.0-only
import js from "@eslint/js";
import globals from "globals";

export default [js.configs.recommended, { languageOptions: { globals: { ...globals.browser, ...globals.node } } }];
