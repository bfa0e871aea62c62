// SPDX-License-Identifier: GPL-2.0-only
// As much of JupyterLab's and CodeMirror's types as is used here. The modules come from the running JupyterLab.

/** What JupyterLab shares: by name and version, how to get the module. */
export type ShareScope = Record<string, Record<string, { get(): Promise<() => any>; loaded?: unknown }>>;

export interface Container {
  init(scope: ShareScope): void;
  get(module: string): Promise<() => { __esModule: true; default: Plugin[] }>;
}

export interface Plugin {
  id: string;
  autoStart: boolean;
  optional: unknown[];
  activate(app: unknown, ...tokens: any[]): Promise<void>;
}

/** JupyterLab's notebooks, their kernels, and its notices. */
export interface Signal<Value> {
  connect(slot: (sender: unknown, value: Value) => void): unknown;
}
export interface Message {
  header: { msg_type: string };
  parent_header: { msg_type?: string; session?: string };
  content: {
    metadata?: { kernel_lab?: [what: string, done: number, total: number | null] };
    text?: string;
    data?: Record<string, string>;
    execution_state?: string;
    ename?: string;
    evalue?: string;
  };
}
export interface Panel {
  title: { label: string };
  sessionContext: {
    iopubMessage: Signal<Message>;
    statusChanged: Signal<string>;
    ready: Promise<void>;
    session: { kernel: { clientId: string; status: string } | null } | null;
  };
}
export interface Tracker {
  widgetAdded: Signal<Panel>;
}
export interface Notice {
  type: "in-progress" | "info" | "error";
  autoClose: false;
}
export interface Notifications {
  emit(message: string, type: Notice["type"], options: { autoClose: false }): string;
  update(notice: Notice & { id: string; message: string }): boolean;
  dismiss(id: string): void;
}

/** JupyterLab's registries: of languages, and of what each new editor gets. */
export interface Languages {
  getLanguage(mime: string): Promise<{ support?: { language: Language } } | null>;
}
export interface Extensions {
  addExtension(factory: { name: string; factory(): unknown }): void;
}

/** A piece of an editor's configuration. */
export type Extension = object;

export interface Text {
  line(number: number): { text: string };
}
export interface State {
  doc: Text;
}
export interface Facet<Input> extends Object {
  of(value: Input): Extension;
  computeN(from: "doc"[], get: (state: State) => Input[]): Extension;
}

/** The text that a parser reads. */
export interface Input {
  length: number;
  lineChunks: boolean;
  chunk(from: number): string;
  read(from: number, to: number): string;
}
export interface Parser {
  createParse(input: Input, fragments: unknown, ranges: unknown): unknown;
}
export interface Language {
  data: unknown;
  parser: Parser;
}

/** A line on which a StreamLanguage stands. */
export interface Stream {
  match(pattern: RegExp): unknown;
  skipToEnd(): void;
}

/** The modules. */
export interface Modules {
  jupyter: {
    IEditorLanguageRegistry: unknown;
    IEditorExtensionRegistry: unknown;
    EditorExtensionRegistry: { createImmutableExtension(extension: Extension): unknown };
  };
  state: {
    EditorState: { create(config: { doc: string; extensions: Extension }): State; tabSize: Facet<number> };
    Prec: { highest(extension: Extension): Extension; lowest(extension: Extension): Extension };
  };
  language: {
    Language: new (data: unknown, parser: Parser, extensions: Extension[], name: string) => Language;
    StreamLanguage: { define(spec: { name: string; token(stream: Stream): string | null }): Language };
    HighlightStyle: { define(style: { tag: unknown; color: string }[]): unknown };
    language: Facet<Language>;
    indentUnit: Facet<string>;
    syntaxHighlighting(style: unknown): Extension;
  };
  common: { Parser: new () => object };
  highlight: { tags: Record<"inserted" | "deleted", unknown> };
}

declare global {
  interface Window {
    _JUPYTERLAB?: Record<string, Container>;
  }
}
