/** One inspector page in VS Code, whatever it shows: a webview, silent while it is hidden, and what its buttons do. */
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import { momentOf, type Moment, type SessionsQueries } from '../model';
import type { Mutable, PanelCommand, ProgramAction, ToWebview, ViewName } from '../protocol/webview-messages';
import { UPDATES_PER_SECOND } from '../protocol/webview-messages';
import type { TextKey, Texts } from '../protocol/webview-texts';
import { ENGLISH } from '../protocol/webview-texts';
import type { Mutes } from '../mutes';
import { PanelFeed, type Surroundings } from './panel-feed';
import { isFromWebview } from './panel-incoming';
import { askForMoment } from './recordedMoment';
import { holdAt, mutableRow, type Hold, type PlaceFixes } from './panel-remarks';
import type { TimelineRecorder } from './panel-timeline';

const INTERVAL_MS = 1000 / UPDATES_PER_SECOND;

/** What a page shows, and what it may ask for. */
export interface PageSource {
  readonly sessions: SessionsQueries;
  /** Timelines by process key; they outlive the webview. */
  readonly timelines: ReadonlyMap<string, TimelineRecorder>;
  readonly surroundings: Surroundings;
  /** Where recordings to compare with are most likely; null where nothing speaks for any folder. */
  readonly folder: vscode.Uri | null;
  /** The clock the model is driven with, in ms. */
  now(): number;
  /** Called before something is sent, on top or not. */
  sample(now: number): void;
  /** Runs what a button asks for; `process` is the key of the process on the screen. */
  run(command: PanelCommand, process: string | null): void;
  /** Does something to the program. */
  act(process: string, action: ProgramAction): void;
  /** Shows another moment, in nanoseconds of the process's clock. */
  seek(timeNs: number): void;
}

/** What every page needs of the extension. */
export interface PageSurroundings {
  /** Where the extension is installed; the bundle is in its `dist`. */
  readonly extensionUri: vscode.Uri;
  /** Puts the cursor on a line, counted from 1, of a file that has been checked to exist. */
  readonly openLocation: (file: string, line: number) => unknown;
  readonly fixes: Fixer;
  readonly mutes: Mutes;
}

/** The linter's fixes, and the way to apply one. */
export interface Fixer extends PlaceFixes {
  /** @returns where it was applied, the line counted from 1; null when there is no fix any more. */
  apply(process: string, hold: Hold): Promise<{ readonly file: string; readonly line: number } | null>;
}

/** A webview that shows a source. Dispose it when its panel is closed. */
export class InspectorPage implements vscode.Disposable {
  private feed: PanelFeed | undefined;
  private timer: NodeJS.Timeout | undefined;
  private dirty = false;
  private reveal: ViewName | undefined;
  /** The moment that is compared with; it outlives the page's reloads. */
  private baseline: Moment | null = null;
  private readonly subscriptions: vscode.Disposable[] = [];

  constructor(
    private readonly panel: vscode.WebviewPanel,
    private readonly source: PageSource,
    private readonly extension: PageSurroundings,
  ) {
    panel.webview.options = webviewOptions(extension.extensionUri);
    this.subscriptions.push(
      panel.webview.onDidReceiveMessage((message: unknown) => this.receive(message)),
      new vscode.Disposable(extension.mutes.subscribe(() => this.changed())),
      new vscode.Disposable(extension.fixes.subscribe(() => this.changed())),
      panel.onDidChangeViewState(() => {
        // A page that is hidden is gone; it says `ready` again when it comes back.
        if (!panel.visible) this.endFeed();
      }),
    );
    panel.webview.html = pageHtml(panel.webview, extension.extensionUri);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.endFeed();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** Shows a tab, now or as soon as the page has loaded. */
  show(view: ViewName): void {
    this.reveal = view;
    if (this.feed !== undefined) this.sendReveal();
  }

  /** Something may have to be shown: at most {@link UPDATES_PER_SECOND} times a second, and not while hidden. */
  changed(): void {
    this.dirty = true;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (this.dirty) this.flush();
    }, INTERVAL_MS);
  }

  /** Sends everything again with the next update: another moment of the same process is shown. */
  resend(): void {
    this.feed?.resend();
    this.changed();
  }

  private endFeed(): void {
    this.feed?.dispose();
    this.feed = undefined;
  }

  private receive(message: unknown): void {
    if (!isFromWebview(message)) return;
    switch (message.type) {
      case 'ready':
        this.feed?.dispose();
        this.feed = new PanelFeed(this.source.sessions, this.source.timelines, message.want, () => this.changed(), {
          ...this.source.surroundings,
          baseline: () => this.baseline,
          fixes: this.extension.fixes,
          mutes: this.extension.mutes,
        });
        this.send({ type: 'settings', texts: translated(), locale: vscode.env.language });
        this.sendReveal();
        this.flush();
        break;
      case 'want':
        this.feed?.setWant(message.want);
        this.flush();
        break;
      case 'open':
        void this.open(message.process, message.site);
        break;
      case 'fix':
        void this.fix(message.process, message.site);
        break;
      case 'mute':
        void this.mute(message.process, message);
        break;
      case 'unmute':
        this.unmute(message.process, message);
        break;
      case 'act':
        this.source.act(message.process, message.action);
        break;
      case 'compare':
        void this.compare(message.against);
        break;
      case 'copy':
        void vscode.env.clipboard.writeText(message.text);
        break;
      case 'command':
        this.source.run(message.command, this.feed?.process?.key ?? null);
        break;
      case 'seek':
        this.source.seek(message.timeNs);
        break;
    }
  }

  /** Opens a place of the program, after checking that it is a file of this machine: the program names what it likes. */
  private async open(processKey: string, siteId: number): Promise<void> {
    const site = this.source.sessions.get(processKey)?.site(siteId) ?? null;
    if (site === null) return;
    const isFile = await stat(site.file).then(
      (status) => status.isFile(),
      () => false,
    );
    if (isFile) {
      this.extension.openLocation(site.file, Math.max(1, site.line));
      return;
    }
    const text = vscode.l10n.t('{0} cannot be opened: there is no such file on this machine.', site.file);
    void vscode.window.showWarningMessage(text);
  }

  private async compare(against: 'now' | 'recording' | 'nothing'): Promise<void> {
    const process = this.feed?.process;
    if (against === 'now') {
      if (process !== undefined) this.baseline = momentOf(process, this.source.now());
    } else if (against === 'recording') {
      const moment = await askForMoment(this.source.folder);
      if (moment === undefined) return;
      this.baseline = moment;
    } else this.baseline = null;
    this.changed();
  }

  private async fix(processKey: string, site: number): Promise<void> {
    const process = this.source.sessions.get(processKey);
    const hold = process && holdAt(process, process.overview(this.source.now()), site);
    const place = hold ? await this.extension.fixes.apply(processKey, hold).catch(() => null) : null;
    if (place !== null) this.extension.openLocation(place.file, place.line);
    else {
      const text = vscode.l10n.t('There is no fix for this line any more: the file has changed.');
      void vscode.window.showInformationMessage(text);
    }
    this.changed();
  }

  private async mute(processKey: string, row: Mutable): Promise<void> {
    const process = this.source.sessions.get(processKey);
    const found = process && mutableRow(process, row);
    if (!found) return;
    const reason = await vscode.window.showInputBox({
      title: vscode.l10n.t('Mute in This Workspace'),
      prompt: vscode.l10n.t('Why does it not matter? Whoever shows what is muted reads this.'),
      validateInput: (text) => (text.trim() === '' ? vscode.l10n.t('Give a reason, in a few words.') : undefined),
    });
    if (reason !== undefined) this.extension.mutes.mute(found.fingerprint, reason.trim());
  }

  private unmute(processKey: string, row: Mutable): void {
    const process = this.source.sessions.get(processKey);
    const found = process && mutableRow(process, row);
    if (found) this.extension.mutes.unmute(found.fingerprint);
  }

  private flush(): void {
    this.dirty = false;
    const now = this.source.now();
    this.source.sample(now);
    const update = this.feed?.update(now);
    if (update !== null && update !== undefined) this.send(update);
  }

  private sendReveal(): void {
    if (this.reveal === undefined) return;
    this.send({ type: 'reveal', view: this.reveal });
    this.reveal = undefined;
  }

  private send(message: ToWebview): void {
    if (this.panel.visible) void this.panel.webview.postMessage(message);
  }
}

/** What the webview of a page may do. */
export function webviewOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(extensionUri, 'dist')] };
}

function translated(): Texts {
  const entries = Object.entries(ENGLISH) as [TextKey, string][];
  return Object.fromEntries(entries.map(([key, text]) => [key, vscode.l10n.t(text)])) as Texts;
}

function pageHtml(webview: vscode.Webview, extensionUri: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64url');
  const uri = (name: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', name)).toString();
  const policy = [
    "default-src 'none'",
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Loopscope</title>
<link rel="stylesheet" href="${uri('codicon.css')}">
<link rel="stylesheet" href="${uri('webview.css')}">
<script nonce="${nonce}" defer src="${uri('webview.js')}"></script>
</head>
<body><div id="root"></div></body>
</html>`;
}
