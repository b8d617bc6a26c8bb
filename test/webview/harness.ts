/**
 * A page with the webview in real Chromium. The other side is the real one as well: the model, fed with the wire's own
 * updates, and the panel's feed over it; only VS Code between the two is left out.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import type { SessionsQueries } from '../../extension/model';
import type { FromWebview, PersistedState, ToWebview, UpdateMessage } from '../../extension/protocol/webview-messages';
import type { ColumnChoice } from '../../extension/protocol/webview-columns';
import { ENGLISH } from '../../extension/protocol/webview-texts';
import type { Surroundings } from '../../extension/views/panel-feed';
import { PanelFeed } from '../../extension/views/panel-feed';
import { TimelineRecorder } from '../../extension/views/panel-timeline';
import { chromiumFlags, findChromium } from '../../scripts/lib/chromium.mjs';

const ROOT = path.join(import.meta.dirname, '../..');
const ORIGIN = 'https://panel.test';
/** The policy of the real panel, with the origin it has here. */
const POLICY = `default-src 'none'; style-src ${ORIGIN}; font-src ${ORIGIN}; script-src 'nonce-test'`;

/** The four themes every user has, with the values VS Code itself gives a webview. */
export const THEMES = ['dark-modern', 'light-modern', 'hc-dark', 'hc-light'] as const;
export type ThemeName = (typeof THEMES)[number];

interface Theme {
  readonly class: string;
  readonly variables: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly contributes?: {
    readonly colors?: readonly { readonly id: string; readonly defaults: Readonly<Record<string, string>> }[];
  };
}

const KINDS: Readonly<Record<ThemeName, string>> = {
  'dark-modern': 'dark',
  'light-modern': 'light',
  'hc-dark': 'highContrast',
  'hc-light': 'highContrastLight',
};

/** A theme's variables, the colours this extension contributes among them. */
export function theme(name: ThemeName): Theme {
  const themes = JSON.parse(readFileSync(path.join(import.meta.dirname, 'themes.json'), 'utf8')) as Record<
    ThemeName,
    Theme
  >;
  const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as Manifest;
  const variables: Record<string, string> = { ...themes[name].variables };
  for (const { id, defaults } of manifest.contributes?.colors ?? []) {
    const value = defaults[KINDS[name]] ?? '';
    const resolved = value.startsWith('#') ? value : variables[`--vscode-${value.replaceAll('.', '-')}`];
    if (resolved !== undefined) variables[`--vscode-${id.replaceAll('.', '-')}`] = resolved;
  }
  return { class: themes[name].class, variables };
}

/** Letters without what screens and desktops ask for, so that pictures are the same everywhere. */
const SAME_LETTERS = ['--disable-lcd-text', '--font-render-hinting=none', '--force-color-profile=srgb'];

/** Starts the browser the tests share. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    throw new Error('Chromium was not found. Install it, or set CHROMIUM_PATH to its executable.');
  }
  return chromium.launch({ executablePath, args: [...chromiumFlags, ...SAME_LETTERS] });
}

let bundled: Promise<string> | undefined;

function bundle(): Promise<string> {
  bundled ??= build({
    entryPoints: [path.join(ROOT, 'webview/index.tsx')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    tsconfig: path.join(ROOT, 'tsconfig.base.json'),
    minify: true,
  }).then((result) => result.outputFiles[0]?.text ?? '');
  return bundled;
}

function styles(): string {
  const folder = path.join(ROOT, 'webview/styles');
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .join('\n');
}

/** Options of a page. */
export interface PanelOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  /** What an earlier life of the page kept. */
  readonly state?: Partial<PersistedState>;
  readonly reducedMotion?: boolean;
  /** The columns that were chosen in an earlier page. */
  readonly columns?: ColumnChoice;
  /** What is shown beside the processes: a recording that is written, or one that is looked at. */
  readonly surroundings?: Surroundings;
  /** For pictures: the program's clock stands still, and letters are those of the fonts this repository pins. */
  readonly still?: boolean;
}

/** Fonts from the lockfile, so that letters are as wide and as dark on every machine. */
const FONTS = [
  ['dejavu-sans', 'Pinned Sans', 400],
  ['dejavu-sans', 'Pinned Sans', 700],
  ['dejavu-mono', 'Pinned Mono', 400],
] as const;

function pinnedFonts(): string {
  return FONTS.map(
    ([name, family, weight]) =>
      `@font-face { font-family: '${family}'; font-weight: ${String(weight)}; src: url(fonts/${name}-latin-${String(weight)}-normal.woff2); }`,
  ).join('\n');
}

/** The panel in a page. */
export class PanelPage {
  /** Everything the page sent, oldest first. */
  readonly received: FromWebview[] = [];
  /** Everything the page was sent, as text: what a hidden panel must not see grow. */
  readonly sent: ToWebview[] = [];
  readonly errors: string[] = [];
  private firstHostMs = 0;
  private firstPaintMs = 0;
  private feed: PanelFeed | undefined;
  private readonly waiters: (() => void)[] = [];
  private readonly recorders = new Map<string, TimelineRecorder>();

  private constructor(
    readonly page: Page,
    readonly sessions: SessionsQueries,
    readonly clock: { readonly now: number },
    private readonly options: PanelOptions,
  ) {}

  static async open(
    browser: Browser,
    sessions: SessionsQueries,
    clock: { readonly now: number },
    options: PanelOptions = {},
  ): Promise<PanelPage> {
    const context = await browser.newContext({
      viewport: { width: options.width ?? 900, height: options.height ?? 700 },
      reducedMotion: options.reducedMotion === true ? 'reduce' : 'no-preference',
    });
    const page = await context.newPage();
    const panel = new PanelPage(page, sessions, clock, options);
    page.on('pageerror', (error) => panel.errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') panel.errors.push(message.text());
    });
    await page.route(`${ORIGIN}/**`, async (route) => {
      const name = new URL(route.request().url()).pathname.slice(1);
      const codicons = path.join(ROOT, 'node_modules/@vscode/codicons/dist');
      if (name === '') await route.fulfill({ contentType: 'text/html', body: html(lookOf(options)) });
      else if (name === 'webview.js') await route.fulfill({ contentType: 'text/javascript', body: await bundle() });
      else if (name === 'webview.css')
        await route.fulfill({
          contentType: 'text/css',
          body: options.still === true ? pinnedFonts() + styles() : styles(),
        });
      else if (name.startsWith('fonts/')) await route.fulfill({ path: fontFile(path.basename(name)) });
      else if (name.startsWith('codicon.')) await route.fulfill({ path: path.join(codicons, name) });
      else await route.abort();
    });
    await page.exposeFunction('toHost', (message: FromWebview) => panel.onMessage(message));
    await page.addInitScript({ content: webviewApi(options.state ?? null) });
    await page.goto(`${ORIGIN}/`);
    await page.waitForFunction(() => document.querySelector('.panel, .waiting') !== null);
    return panel;
  }

  /** What the panel's timer would send now. */
  nextUpdate(): UpdateMessage | null {
    for (const process of this.sessions.processes) {
      let recorder = this.recorders.get(process.key);
      if (recorder === undefined) this.recorders.set(process.key, (recorder = new TimelineRecorder(process)));
      recorder.sample(this.clock.now);
    }
    return this.feed?.update(this.clock.now) ?? null;
  }

  /** Sends what changed since the last time, as the panel's timer does. */
  async flush(): Promise<void> {
    const update = this.nextUpdate();
    if (update !== null) await this.send(update);
  }

  /** Milliseconds the first update took in the host, and from handing it over until it was painted. */
  firstPaint(): { readonly host: number; readonly paint: number } {
    return { host: this.firstHostMs, paint: this.firstPaintMs };
  }

  /** Sends one message and waits until the page has drawn it. */
  async send(given: ToWebview): Promise<void> {
    const message = this.options.still === true && given.type === 'update' ? { ...given, ticking: false } : given;
    this.sent.push(message);
    await this.page.evaluate(async (data) => {
      window.postMessage(data);
      await new Promise((resolve) => setTimeout(resolve));
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    }, message as unknown);
  }

  /** The next message of a type, or the first of those that came since the last call. */
  async next<T extends FromWebview['type']>(type: T): Promise<Extract<FromWebview, { type: T }>> {
    for (;;) {
      const index = this.received.findIndex((message) => message.type === type);
      const [message] = index < 0 ? [] : this.received.splice(index, 1);
      if (message !== undefined) return message as Extract<FromWebview, { type: T }>;
      await new Promise<void>((resolve) => this.waiters.push(resolve));
    }
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  private async onMessage(message: FromWebview): Promise<void> {
    this.received.push(message);
    for (const resolve of this.waiters.splice(0)) resolve();
    if (message.type === 'ready') {
      const changed = (): void => void this.flush();
      this.feed = new PanelFeed(this.sessions, this.recorders, message.want, changed, this.options.surroundings);
      await this.send({
        type: 'settings',
        texts: ENGLISH,
        locale: 'en',
        columns: this.options.columns ?? null,
      });
      const began = performance.now();
      const update = this.nextUpdate();
      const computed = performance.now();
      if (update !== null) await this.send(update);
      this.firstHostMs = computed - began;
      this.firstPaintMs = performance.now() - computed;
    } else if (message.type === 'want') {
      this.feed?.setWant(message.want);
      await this.flush();
    }
  }
}

function fontFile(name: string): string {
  const [family = ''] = name.split('-latin-');
  return path.join(ROOT, 'node_modules/@fontsource', family, 'files', name);
}

function lookOf({ theme: name = 'dark-modern', still }: PanelOptions): Theme {
  const look = theme(name);
  if (still !== true) return look;
  const fonts = { '--vscode-font-family': "'Pinned Sans'", '--vscode-editor-font-family': "'Pinned Mono'" };
  return { ...look, variables: { ...look.variables, ...fonts } };
}

/** The other half of `webview/host.ts`, as VS Code puts it into a webview. In text: tsx would name the functions with a helper. */
function webviewApi(state: Partial<PersistedState> | null): string {
  return `{
    let kept = ${JSON.stringify(state)};
    window.acquireVsCodeApi = () => ({
      postMessage: (message) => void window.toHost(message),
      getState: () => kept,
      setState: (value) => { kept = value; },
    });
  }`;
}

function html(look: Theme): string {
  const variables = Object.entries(look.variables)
    .map(([name, value]) => `${name}: ${value.replaceAll('"', "'")}`)
    .join('; ');
  // VS Code sets the variables through the object model, which the policy allows; here a nonce does the same.
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Loopscope</title>
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<script nonce="test">document.documentElement.style.cssText = ${JSON.stringify(variables)};</script>
<link rel="stylesheet" href="codicon.css"><link rel="stylesheet" href="webview.css">
<script nonce="test" defer src="webview.js"></script></head>
<body class="${look.class}"><div id="root"></div></body></html>`;
}
