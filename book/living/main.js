/** What a page with a kernel in it runs when it is loaded. */

import { mountConsole } from "./console.js";

for (const place of document.querySelectorAll(".living-console")) mountConsole(place);
