/** The language in which code that knows no VS Code speaks to people: English until the extension says otherwise. */

/** Puts a message into the viewer's language; `{0}`, `{1}` … stand for the arguments. `vscode.l10n.t` is one. */
export type Translate = (message: string, ...args: (string | number)[]) => string;

/** Leaves the language as it is. */
export const untranslated: Translate = (message, ...args) =>
  message.replace(/\{(\d+)\}/gu, (placeholder, index: string) => String(args[Number(index)] ?? placeholder));

let translate = untranslated;

/** Lets `chosen` put every later sentence into the viewer's language. */
export function speakWith(chosen: Translate): void {
  translate = chosen;
}

/** A sentence in the viewer's language. */
export function t(message: string, ...args: (string | number)[]): string {
  return translate(message, ...args);
}
