// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cells that were begun before this page was. What they print goes to the page that was closed, and JupyterLab shows what was
 * saved: last time's outputs, as if nothing were going on. The kernel tells everybody what it does; so this page can say that a
 * cell is at work, what it says of itself, and when it has ended.
 */

/** @typedef {import("./jupyterlab.js").Message} Message */
/** @typedef {import("./jupyterlab.js").Notifications} Notifications */
/** @typedef {import("./jupyterlab.js").Panel} Panel */
/** @typedef {import("./jupyterlab.js").Plugin} Plugin */
/** @typedef {import("./jupyterlab.js").Tracker} Tracker */

export const MODULES = { notebook: "@jupyterlab/notebook", apputils: "@jupyterlab/apputils" };

const SILENT = 2000; // ms in which a kernel that is at rest answers a new page
const ENDED = "it has ended. Its output went to the page that was closed; run the cell again. What was compiled stays.";

/**
 * A notice has room for 140 characters.
 * @param {string} notebook
 * @param {string} what
 */
const working = (notebook, what) => `${notebook} is still at work${what && `: ${what}`}. What stands below the cell is older.`;

/** @param {Message} message @returns {string} how far the laboratory is, or the last line that is shown; may be empty */
export function shown({ header, content }) {
  const [what, done = 0, total] = content.metadata?.kernel_lab ?? [];
  if (what) return total ? `${what}, ${Math.floor((100 * done) / total)} %` : what;
  const text = header.msg_type === "stream" ? content.text : content.data?.["text/plain"];
  return (text ?? "").trimEnd().split(/[\r\n]/).at(-1)?.trim() ?? "";
}

/** @param {Notifications} notifications @param {Panel} panel */
export function watch(notifications, { title, sessionContext: context }) {
  const notebook = () => title.label.replace(/\.ipynb$/, "");
  /** @type {string | null} */
  let notice = null;
  let failure = "";

  /** @param {string} message @param {"in-progress" | "info" | "error"} type */
  function say(message, type) {
    if (notice) notifications.update({ id: notice, message, type, autoClose: false });
    else notice = notifications.emit(message, type, { autoClose: false });
  }

  function forget() {
    if (notice) notifications.dismiss(notice);
    notice = null;
    failure = "";
  }

  context.iopubMessage.connect((_, message) => {
    const { session, msg_type: asked } = message.parent_header;
    const { msg_type: kind } = message.header;
    if (asked !== "execute_request") return;
    if (session === context.session?.kernel?.clientId) {
      if (kind === "execute_input") forget(); // the reader goes on here
    } else if (kind === "error") {
      failure = `${message.content.ename}: ${message.content.evalue}`;
    } else if (kind === "status") {
      if (message.content.execution_state === "idle") {
        say(`${notebook()}: ${failure ? `it has ended with ${failure}` : ENDED}`, failure ? "error" : "info");
        failure = "";
      }
    } else if (shown(message)) {
      say(working(notebook(), shown(message)), "in-progress");
    }
  });
  context.statusChanged.connect((_, status) => {
    if (status === "restarting" || status === "dead") forget();
  });
  context.ready.then(() => {
    setTimeout(() => {
      if (!notice && context.session?.kernel?.status === "unknown") say(working(notebook(), ""), "in-progress");
    }, SILENT);
  });
}

/**
 * @param {string} name
 * @param {{notebook: {INotebookTracker: unknown}, apputils: {Notification: Notifications}}} modules
 * @returns {Plugin}
 */
export function plugin(name, { notebook, apputils }) {
  return {
    id: `${name}:left-running`,
    autoStart: true,
    optional: [notebook.INotebookTracker],
    async activate(_, /** @type {Tracker | null} */ tracker) {
      tracker?.widgetAdded.connect((_, panel) => watch(apputils.Notification, panel));
    },
  };
}
