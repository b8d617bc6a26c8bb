/**
 * The suite's eyes and hands: what a user sees in the window and does there, asked of the harness that drives the page.
 * Selectors are Playwright's (`css`, `text=…`, `role=button[name="…"]`). `where` says which document: the workbench or
 * the webview that is shown.
 */

import type { Counts } from '../../../scripts/lib/counts.mjs';

export type Where = 'window' | 'webview';

interface Aimed {
  readonly where: Where;
  readonly selector: string;
  /** How long to wait for the element (ms). */
  readonly timeoutMs: number;
}

/** Everything the suite can ask for. */
export type UiRequest =
  | { readonly method: 'line'; readonly text: string }
  | { readonly method: 'ended'; readonly counts: Counts }
  | { readonly method: 'screenshot'; readonly name: string }
  | { readonly method: 'press'; readonly keys: string }
  | { readonly method: 'type'; readonly text: string }
  | (Aimed & { readonly method: 'text' | 'texts' | 'count' | 'click' })
  | (Aimed & { readonly method: 'attribute'; readonly name: string })
  | (Aimed & { readonly method: 'waitFor'; readonly state: 'visible' | 'hidden' });

const PATIENCE_MS = 15_000;

/** Sends a request to the harness. Rejects with its sentence when it cannot be done. */
export async function ask(request: UiRequest): Promise<unknown> {
  const address = process.env['LOOPSCOPE_TEST_CONTROL'];
  if (address === undefined) throw new Error('LOOPSCOPE_TEST_CONTROL is not set: run the suite by test/host/run.ts.');
  const response = await fetch(address, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env['LOOPSCOPE_TEST_CONTROL_TOKEN'] ?? ''}` },
    body: JSON.stringify(request),
  });
  const body = (await response.json()) as { result?: unknown; error?: string };
  if (body.error !== undefined) throw new Error(`${request.method}: ${body.error}`);
  return body.result;
}

function aimed(where: Where): {
  text(selector?: string, timeoutMs?: number): Promise<string>;
  texts(selector: string): Promise<string[]>;
  count(selector: string): Promise<number>;
  attribute(selector: string, name: string, timeoutMs?: number): Promise<string | null>;
  click(selector: string, timeoutMs?: number): Promise<void>;
  waitFor(selector: string, timeoutMs?: number): Promise<void>;
  waitUntilGone(selector: string, timeoutMs?: number): Promise<void>;
} {
  return {
    text: async (selector = 'body', timeoutMs = PATIENCE_MS) =>
      (await ask({ method: 'text', where, selector, timeoutMs })) as string,
    texts: async (selector) => (await ask({ method: 'texts', where, selector, timeoutMs: PATIENCE_MS })) as string[],
    count: async (selector) => (await ask({ method: 'count', where, selector, timeoutMs: PATIENCE_MS })) as number,
    attribute: async (selector, name, timeoutMs = PATIENCE_MS) =>
      (await ask({ method: 'attribute', where, selector, name, timeoutMs })) as string | null,
    click: async (selector, timeoutMs = PATIENCE_MS) => {
      await ask({ method: 'click', where, selector, timeoutMs });
    },
    waitFor: async (selector, timeoutMs = PATIENCE_MS) => {
      await ask({ method: 'waitFor', where, selector, state: 'visible', timeoutMs });
    },
    waitUntilGone: async (selector, timeoutMs = PATIENCE_MS) => {
      await ask({ method: 'waitFor', where, selector, state: 'hidden', timeoutMs });
    },
  };
}

/** The VS Code window as its user sees it. */
export const window = {
  ...aimed('window'),
  /** Presses a key or a chord, as in `Control+Shift+P`. */
  press: async (keys: string): Promise<void> => {
    await ask({ method: 'press', keys });
  },
  /** Types text where the focus is. */
  type: async (text: string): Promise<void> => {
    await ask({ method: 'type', text });
  },
  /** Takes a picture of the whole window. Resolves to the file. */
  screenshot: async (name: string): Promise<string> => (await ask({ method: 'screenshot', name })) as string,
};

/** The document inside the webview that is shown. */
export const webview = aimed('webview');
