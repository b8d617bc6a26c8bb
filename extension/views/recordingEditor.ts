/** `.loopscope` files in VS Code: the panel's views, at any moment of the recording. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { COMMAND } from '../identifiers';
import type { RecordingReplay } from '../link/replay';
import { Sessions, type LookAt, type ProcessModel, type SessionsQueries } from '../model';
import type { PanelCommand, Replay } from '../protocol/webview-messages';
import { HISTORY_SECONDS, UPDATES_PER_SECOND } from '../protocol/webview-messages';
import { InspectorPage, type PageSource, type PageSurroundings } from './panel-page';
import { TimelineRecorder } from './panel-timeline';

const VIEW_TYPE = 'loopscope.recording';
const SAMPLE_MS = 1000 / UPDATES_PER_SECOND;
/** What the timeline of one moment may cost, in ms: where a sample is dear, as with very many tasks, fewer are taken. */
const SAMPLING_BUDGET_MS = 500;

interface RecordingDocument extends vscode.CustomDocument {
  readonly uri: vscode.Uri;
}

/** Registers the editor of recordings. */
export function registerRecordingEditor(extension: PageSurroundings, log: vscode.LogOutputChannel): vscode.Disposable {
  const provider: vscode.CustomReadonlyEditorProvider<RecordingDocument> = {
    openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
    resolveCustomEditor: ({ uri }, panel) => {
      const source = new RecordedSource(uri);
      const page = new InspectorPage(panel, source, extension);
      panel.onDidDispose(() => {
        page.dispose();
        source.dispose();
      });
      source.open(page).catch((error: unknown) => log.error(`${uri.fsPath}: ${String(error)}`));
    },
  };
  return vscode.window.registerCustomEditorProvider(VIEW_TYPE, provider, { supportsMultipleEditorsPerDocument: true });
}

/** What one editor shows: a recording at a moment. */
class RecordedSource implements PageSource, SessionsQueries {
  readonly sessions = this;
  readonly timelines = new Map<string, TimelineRecorder>();
  readonly folder: vscode.Uri;
  readonly surroundings = {
    replay: () => this.replayState(),
    waiting: () =>
      this.failure === null
        ? ({ reason: 'reading-recording', detail: basename(this.uri.fsPath) } as const)
        : ({ reason: 'bad-recording', detail: this.failure } as const),
  };
  private replay: RecordingReplay | null = null;
  private failure: string | null = null;
  private page: InspectorPage | null = null;
  private isClosed = false;
  private sampledAt = -Infinity;
  private sampleEveryMs = SAMPLE_MS;
  private readonly empty = new Sessions();

  constructor(private readonly uri: vscode.Uri) {
    this.folder = vscode.Uri.joinPath(uri, '..');
  }

  get processes(): SessionsQueries['processes'] {
    return this.shown.processes;
  }

  get launches(): SessionsQueries['launches'] {
    return this.shown.launches;
  }

  get current(): SessionsQueries['current'] {
    return this.shown.current;
  }

  get(key: string): ReturnType<SessionsQueries['get']> {
    return this.shown.get(key);
  }

  subscribe(): () => void {
    return () => undefined;
  }

  lookAt(key: string, what: LookAt): void {
    this.shown.lookAt(key, what);
  }

  locals(key: string, task: number): ReturnType<SessionsQueries['locals']> {
    return this.shown.locals(key, task);
  }

  awaitStack(key: string, task: number): ReturnType<SessionsQueries['awaitStack']> {
    return this.shown.awaitStack(key, task);
  }

  /** Reads the file and shows its end. */
  async open(page: InspectorPage): Promise<void> {
    this.page = page;
    try {
      if (this.uri.scheme !== 'file') {
        throw new Error(vscode.l10n.t('Only recordings on the disk can be opened; save this one to a file first.'));
      }
      const { RecordingReplay: Reader } = await import('../link/replay');
      const replay = await Reader.open(this.uri.fsPath, {
        begin: (model) => this.begin(model),
        taken: (now, targetNs) => this.taken(now, targetNs),
      });
      if (this.isClosed) {
        await replay.close();
        return;
      }
      this.replay = replay;
      await this.move(replay.toNs);
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      page.changed();
    }
  }

  dispose(): void {
    this.isClosed = true;
    this.page = null;
    this.replay?.close().catch(() => undefined);
  }

  now(): number {
    return this.replay?.now() ?? 0;
  }

  sample(): void {
    // The timeline is sampled while the recording is read.
  }

  run(command: PanelCommand): void {
    if (command === 'export') void vscode.commands.executeCommand(COMMAND.exportRecording, this.uri);
    if (command === 'show-log') void vscode.commands.executeCommand(COMMAND.showLog);
  }

  act(): void {
    // Nothing can be done to a program of the past.
  }

  seek(timeNs: number): void {
    void this.move(timeNs);
  }

  private async move(timeNs: number): Promise<void> {
    const { replay } = this;
    if (replay === null) return;
    try {
      const reaching = replay.seek(timeNs);
      this.page?.changed();
      if (!(await reaching)) return;
      const model = replay.current;
      if (model !== undefined) this.timelines.get(model.key)?.sample(replay.now());
      this.page?.resend();
    } catch (error) {
      if (this.page === null) return;
      this.failure = error instanceof Error ? error.message : String(error);
      replay.problem = this.failure;
      this.page.changed();
    }
  }

  private begin(model: ProcessModel): void {
    this.timelines.set(model.key, new TimelineRecorder(model));
    this.sampledAt = -Infinity;
    this.page?.resend();
  }

  private taken(now: number, targetNs: number): void {
    if (now < targetNs / 1e6 - HISTORY_SECONDS * 1000 || now - this.sampledAt < this.sampleEveryMs) return;
    this.sampledAt = now;
    const began = performance.now();
    for (const timeline of this.timelines.values()) timeline.sample(now);
    const share = (performance.now() - began) / SAMPLING_BUDGET_MS;
    this.sampleEveryMs = Math.max(SAMPLE_MS, share * HISTORY_SECONDS * 1000);
  }

  private replayState(): Replay | null {
    const { replay } = this;
    if (replay === null) return null;
    const { fromNs, toNs, atNs, isSeeking, blocks, problem } = replay;
    return { fromNs, toNs, atNs, seeking: isSeeking, blocks, problem };
  }

  /** The recording once it is open, nothing before. */
  private get shown(): SessionsQueries {
    return this.replay ?? this.empty;
  }
}
