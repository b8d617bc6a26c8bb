/** `.loopscope` files in VS Code: the panel's views, at any moment of the recording. */
import * as vscode from 'vscode';
import { COMMAND } from '../identifiers';
import type { PanelCommand, UpdateMessage } from '../protocol/webview-messages';
import type { Lookups } from './panel-lookups';
import { InspectorPage, type FeedStart, type PageFeed, type PageSource, type PageSurroundings } from './panel-page';
import { ReplayClient } from './replay/client';
import { replayReader } from './replay/reader';

const VIEW_TYPE = 'loopscope.recording';
/** What the process of a recording is called where holds are compared with the files of the workspace. */
const PROCESS = 'recording';

interface RecordingDocument extends vscode.CustomDocument {
  readonly uri: vscode.Uri;
}

/** Registers the editor of recordings. */
export function registerRecordingEditor(extension: PageSurroundings, log: vscode.LogOutputChannel): vscode.Disposable {
  const provider: vscode.CustomReadonlyEditorProvider<RecordingDocument> = {
    openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
    resolveCustomEditor: ({ uri }, panel) => {
      const source = new RecordedSource(uri, extension, (sentence) => log.error(`${uri.fsPath}: ${sentence}`));
      const page = new InspectorPage(panel, source, extension);
      panel.onDidDispose(() => {
        page.dispose();
        source.dispose();
      });
    },
  };
  return vscode.window.registerCustomEditorProvider(VIEW_TYPE, provider, { supportsMultipleEditorsPerDocument: true });
}

/** What one editor shows: a recording at a moment, which a worker reads. */
class RecordedSource implements PageSource {
  readonly lookups: Lookups;
  readonly folder: vscode.Uri;
  private readonly client: ReplayClient;
  private readonly leave: readonly (() => void)[];
  private page: FeedStart | null = null;
  private failure: string | null = null;

  constructor(
    private readonly uri: vscode.Uri,
    { extensionUri, fixes, mutes }: PageSurroundings,
    say: (sentence: string) => void,
  ) {
    this.folder = vscode.Uri.joinPath(uri, '..');
    this.client = new ReplayClient({
      ...replayReader(extensionUri, uri.fsPath),
      received: (update) => this.page?.send(update),
      titleFor: (hold) => fixes.titleFor(PROCESS, hold),
      failed: (sentence) => {
        say(sentence);
        this.fail(sentence);
      },
    });
    this.lookups = this.client;
    const tellMutes = (): void => this.client.send({ type: 'mutes', reasons: mutes.all });
    tellMutes();
    this.leave = [mutes.subscribe(tellMutes), fixes.subscribe(() => this.client.send({ type: 'fixes' }))];
    if (uri.scheme !== 'file') {
      this.fail(vscode.l10n.t('Only recordings on the disk can be opened; save this one to a file first.'));
    }
  }

  feed(start: FeedStart): PageFeed {
    this.page = start;
    if (this.failure === null) this.client.send({ type: 'feed', want: start.want, baseline: start.baseline });
    else this.fail(this.failure);
    return {
      process: null,
      setWant: (want) => this.client.send({ type: 'want', want }),
      compareWith: (baseline) => this.client.send({ type: 'compare', baseline }),
      flush: () => {
        // The worker sends by itself what changed.
      },
      dispose: () => {
        this.page = null;
        this.client.send({ type: 'leave' });
      },
    };
  }

  sample(): void {
    // The timeline is sampled while the recording is read.
  }

  dispose(): void {
    for (const leave of this.leave) leave();
    void this.client.dispose();
  }

  run(command: PanelCommand): void {
    if (command === 'export') void vscode.commands.executeCommand(COMMAND.exportRecording, this.uri);
    if (command === 'report') void vscode.commands.executeCommand(COMMAND.reportRecording, this.uri);
    if (command === 'show-log') void vscode.commands.executeCommand(COMMAND.showLog);
  }

  act(): void {
    // Nothing can be done to a program of the past.
  }

  seek(timeNs: number): void {
    this.client.send({ type: 'seek', timeNs });
  }

  /** Shows why there is nothing to see, for good. */
  private fail(sentence: string): void {
    this.failure = sentence;
    this.page?.send(cannotShow(sentence));
  }
}

function cannotShow(detail: string): UpdateMessage {
  return {
    type: 'update',
    nowNs: 0,
    ticking: false,
    sections: { processes: [], waiting: { reason: 'bad-recording', detail }, overview: null },
  };
}
