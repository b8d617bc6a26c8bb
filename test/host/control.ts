import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { webviewOf } from './frames';
import type { Counts } from '../../scripts/lib/counts.mjs';
import type { UiRequest } from './suite/ui';

/** What the harness learns from the suite that runs in the extension host, and what it does for it in the window. */
export interface Control {
  /** Environment variables by which the suite finds this channel. */
  readonly env: Record<string, string>;
  /** What mocha counted; settles when the suite has ended. */
  readonly counts: Promise<Counts>;
  close(): void;
}

/**
 * Opens the channel on a loopback port, for whoever shows its token.
 *
 * @param page The window, once there is one.
 * @param artifacts Folder for screenshots.
 */
export async function openControl(page: () => Page | undefined, artifacts: string): Promise<Control> {
  const token = randomBytes(32).toString('hex');
  let settle: (counts: Counts) => void = () => undefined;
  const counts = new Promise<Counts>((resolve) => (settle = resolve));

  const answer = async (request: UiRequest): Promise<unknown> => {
    if (request.method === 'line') {
      process.stdout.write(`${request.text}\n`);
      return null;
    }
    if (request.method === 'ended') {
      settle(request.counts);
      return null;
    }
    const window = page();
    if (!window) throw new Error('The window is not open, or this host has no page that can be driven.');
    return serve(window, request, artifacts);
  };

  const server = createServer((request, response) => {
    const reply = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (!authorized(request, token)) {
      reply(401, { error: 'wrong token' });
      return;
    }
    readBody(request)
      .then((body) => answer(JSON.parse(body) as UiRequest))
      .then(
        (result) => reply(200, { result }),
        (error: unknown) => reply(500, { error: error instanceof Error ? error.message : String(error) }),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    env: {
      LOOPSCOPE_TEST_CONTROL: `http://127.0.0.1:${port}`,
      LOOPSCOPE_TEST_CONTROL_TOKEN: token,
    },
    counts,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function authorized(request: IncomingMessage, token: string): boolean {
  const shown = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return shown.length === wanted.length && timingSafeEqual(shown, wanted);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function serve(
  page: Page,
  request: Exclude<UiRequest, { method: 'line' | 'ended' }>,
  artifacts: string,
): Promise<unknown> {
  if (request.method === 'screenshot') {
    const file = join(artifacts, `${request.name.replaceAll(/[^\w.-]+/g, '-')}.png`);
    await mkdir(dirname(file), { recursive: true });
    await page.screenshot({ path: file });
    return file;
  }
  if (request.method === 'press') {
    await page.keyboard.press(request.keys);
    return null;
  }
  if (request.method === 'type') {
    await page.keyboard.type(request.text);
    return null;
  }
  const scope: Page | FrameLocator = request.where === 'webview' ? webviewOf(page) : page;
  const locator: Locator = scope.locator(request.selector);
  const timeout = request.timeoutMs;
  switch (request.method) {
    case 'text':
      return locator.first().innerText({ timeout });
    case 'texts':
      return locator.allInnerTexts();
    case 'count':
      return locator.count();
    case 'attribute':
      return locator.first().getAttribute(request.name, { timeout });
    case 'click':
      await locator.first().click({ timeout });
      return null;
    case 'waitFor':
      await locator.first().waitFor({ state: request.state, timeout });
      return null;
  }
}
