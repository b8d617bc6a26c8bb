/** One inspector page in VS Code, whatever it shows: a webview, silent while it is hidden, and what its buttons do. */
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { Moment } from '../model';
import type {
  Mutable,
  PanelCommand,
  ProgramAction,
  ToWebview,
  UpdateMessage,
  ViewName,
  Want,
} from '../protocol/webview-messages';
import { UPDATES_PER_SECOND } from '../protocol/webview-messages';
import type { TextKey, Texts } from '../protocol/webview-texts';
import { ENGLISH } from '../protocol/webview-texts';
import { isColumnChoice, type ColumnChoice } from '../protocol/webview-columns';
import type { Memory, Mutes } from '../mutes';
import { Pacer } from './pacer';
import { isFromWebview } from './panel-incoming';
import type { Lookups } from './panel-lookups';
import type { Hold, PlaceFixes } from './panel-remarks';
import { askForMoment } from './recordedMoment';

/** What sends one page what it shows. */
export interface PageFeed {
  /** Key of the process on the screen; null when there is none or only one there can be. */
  readonly process: string | null;
  setWant(want: Want): void;
  /** The moment to compare with; null compares no more. */
  compareWith(baseline: Moment | null): void;
  /** Sends what changed. */
  flush(): void;
  /** The page is gone or hidden. */
  dispose(): void;
}

/** What a feed begins with. */
export interface FeedStart {
  readonly want: Want;
  readonly baseline: Moment | null;
  /** Gives the page an update. */
  readonly send: (update: UpdateMessage) => void;
  /** Asks for a {@link PageFeed.flush} soon. */
  readonly changed: () => void;
}

/** What a page shows, and what it may ask for. */
export interface PageSource {
  readonly lookups: Lookups;
  /** Where recordings to compare with are most likely; null where nothing speaks for any folder. */
  readonly folder: vscode.Uri | null;
  /** A page is there to be fed. */
  feed(start: FeedStart): PageFeed;
  /** Called before something may be sent, whether the page is on top or not. */
  sample(): void;
  /** Runs what a button asks for; `process` is the key of the process on the screen. */
  run(command: PanelCommand, process: string | null): void;
  /** Does something to the program. */
  act(process: string, action: ProgramAction): void;
  /** Shows another moment, in nanoseconds of the process's clock. */
  seek(timeNs: number): void;
}

const COLUMNS_KEY = 'loopscope.columns';

/** What every page needs of the extension. */
export interface PageSurroundings {
  /** Where the extension is installed; the bundle is in its `dist`. */
  readonly extensionUri: vscode.Uri;
  /** Puts the cursor on a line, counted from 1, of a file that has been checked to exist. */
  readonly openLocation: (file: string, line: number) => unknown;
  readonly fixes: Fixer;
  readonly mutes: Mutes;
  /** Where is kept what a person likes in every window. */
  readonly memory: Memory;
}

/** The linter's fixes, and the way to apply one. */
export interface Fixer extends PlaceFixes {
  /** @returns where it was applied, the line counted from 1; null when there is no fix any more. */
  apply(process: string, hold: Hold): Promise<{ readonly file: string; readonly line: number } | null>;
}

/** A webview that shows a source. Dispose it when its panel is closed. */
export class InspectorPage implements vscode.Disposable {
  private feed: PageFeed | undefined;
  private readonly pacer = new Pacer(1000 / UPDATES_PER_SECOND, () => this.flush());
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
    this.pacer.dispose();
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
    this.pacer.request();
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
        this.send({
          type: 'settings',
          texts: translated(),
          locale: vscode.env.language,
          columns: keptColumns(this.extension.memory),
        });
        this.sendReveal();
        this.feed = this.source.feed({
          want: message.want,
          baseline: this.baseline,
          send: (update) => this.send(update),
          changed: () => this.changed(),
        });
        this.pacer.runNow();
        break;
      case 'want':
        this.feed?.setWant(message.want);
        this.pacer.runNow();
        break;
      case 'open':
        warn(this.open(message.process, message.site));
        break;
      case 'fix':
        warn(this.fix(message.process, message.site));
        break;
      case 'mute':
        warn(this.mute(message.process, message));
        break;
      case 'unmute':
        warn(this.unmute(message.process, message));
        break;
      case 'act':
        this.source.act(message.process, message.action);
        break;
      case 'compare':
        warn(this.compare(message.against));
        break;
      case 'copy':
        void vscode.env.clipboard.writeText(message.text);
        break;
      case 'columns':
        void this.extension.memory.update(COLUMNS_KEY, message.columns);
        break;
      case 'command':
        this.source.run(message.command, this.feed?.process ?? null);
        break;
      case 'seek':
        this.source.seek(message.timeNs);
        break;
    }
  }

  /** Opens a place of the program, after checking that it is a file of this machine: the program names what it likes. */
  private async open(processKey: string, siteId: number): Promise<void> {
    const site = await this.source.lookups.site(processKey, siteId);
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
    if (against === 'nothing') this.baseline = null;
    else {
      const moment =
        against === 'now'
          ? await this.source.lookups.moment(this.feed?.process ?? null)
          : await askForMoment(this.source.folder, this.extension.extensionUri);
      if (moment === null) return;
      this.baseline = moment;
    }
    this.feed?.compareWith(this.baseline);
    this.changed();
  }

  private async fix(processKey: string, site: number): Promise<void> {
    const hold = await this.source.lookups.hold(processKey, site);
    const place = hold ? await this.extension.fixes.apply(processKey, hold).catch(() => null) : null;
    if (place !== null) this.extension.openLocation(place.file, place.line);
    else {
      const text = vscode.l10n.t('There is no fix for this line any more: the file has changed.');
      void vscode.window.showInformationMessage(text);
    }
    this.changed();
  }

  private async mute(processKey: string, row: Mutable): Promise<void> {
    const fingerprint = await this.source.lookups.fingerprint(processKey, row);
    if (fingerprint === null) return;
    const reason = await vscode.window.showInputBox({
      title: vscode.l10n.t('Mute in This Workspace'),
      prompt: vscode.l10n.t('Why does it not matter? Whoever shows what is muted reads this.'),
      validateInput: (text) => (text.trim() === '' ? vscode.l10n.t('Give a reason, in a few words.') : undefined),
    });
    if (reason !== undefined) this.extension.mutes.mute(fingerprint, reason.trim());
  }

  private async unmute(processKey: string, row: Mutable): Promise<void> {
    const fingerprint = await this.source.lookups.fingerprint(processKey, row);
    if (fingerprint !== null) this.extension.mutes.unmute(fingerprint);
  }

  private flush(): void {
    this.source.sample();
    this.feed?.flush();
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

/** The columns a person chose in an earlier page; what another version kept there is none. */
function keptColumns(memory: Memory): ColumnChoice {
  const kept = memory.get(COLUMNS_KEY);
  return isColumnChoice(kept) ? kept : null;
}

/** Says what did not work. */
function warn(work: Promise<void>): void {
  work.catch((error: unknown) => {
    void vscode.window.showWarningMessage(error instanceof Error ? error.message : String(error));
  });
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
