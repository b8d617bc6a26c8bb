/** The panel of live programs in VS Code: at most one, restored after a reload. */
import * as vscode from 'vscode';
import type { SessionsQueries } from '../model';
import type { PanelCommand, ProgramAction, ViewName } from '../protocol/webview-messages';
import { COMMAND } from '../identifiers';
import type { ProgramActions } from './actions';
import { localFeed } from './local-feed';
import { SessionLookups } from './panel-lookups';
import {
  InspectorPage,
  webviewOptions,
  type FeedStart,
  type PageFeed,
  type PageSource,
  type PageSurroundings,
} from './panel-page';
import { TimelineRecorder } from './panel-timeline';
import type { Recorder } from './recording';

const VIEW_TYPE = 'loopscope.inspector';

/** What the panel's buttons run. */
const COMMANDS: Readonly<Record<PanelCommand, readonly [command: string, ...args: readonly unknown[]]>> = {
  'run-file': [COMMAND.runFile],
  'open-settings': ['workbench.action.openSettings', 'loopscope.pythonPath'],
  'show-log': [COMMAND.showLog],
  'start-recording': [COMMAND.startRecording],
  'stop-recording': [COMMAND.stopRecording],
  export: [COMMAND.exportRecording],
  report: [COMMAND.reportRecording],
};

/**
 * The inspector. Create one per window and keep it in the extension's subscriptions: it registers the serializer that
 * brings the panel back after a reload, and opens at most one panel.
 */
export class InspectorPanel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private page: InspectorPage | undefined;
  private readonly source: LiveSource;
  private readonly subscriptions: vscode.Disposable[] = [];

  constructor(
    private readonly extension: PageSurroundings,
    sessions: SessionsQueries,
    recorder: Recorder,
    actions: ProgramActions,
  ) {
    this.source = new LiveSource(sessions, recorder, actions, extension);
    this.subscriptions.push(
      vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
        deserializeWebviewPanel: (panel) => {
          this.adopt(panel);
          return Promise.resolve();
        },
      }),
      recorder.onDidChange(() => this.page?.changed()),
      new vscode.Disposable(
        sessions.subscribe((event) => {
          if (event.kind === 'removed') this.source.forget(event.key);
          else if (event.kind !== 'launches') this.source.note(event.key);
          this.page?.changed();
        }),
      ),
    );
  }

  /** True while the panel is open, on top or not. */
  get isOpen(): boolean {
    return this.panel !== undefined;
  }

  /**
   * Opens the panel beside the editor, or brings it to the front.
   * @param options.view The tab to show; without it the last one stays.
   * @param options.preserveFocus Leaves the cursor where it is, as when a program starts.
   */
  show(options: { readonly view?: ViewName; readonly preserveFocus?: boolean } = {}): void {
    const preserveFocus = options.preserveFocus ?? false;
    if (this.panel === undefined) {
      this.adopt(
        vscode.window.createWebviewPanel(
          VIEW_TYPE,
          'Loopscope',
          { viewColumn: vscode.ViewColumn.Beside, preserveFocus },
          webviewOptions(this.extension.extensionUri),
        ),
      );
    } else this.panel.reveal(undefined, preserveFocus);
    if (options.view !== undefined) this.page?.show(options.view);
  }

  dispose(): void {
    this.panel?.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private adopt(panel: vscode.WebviewPanel): void {
    this.panel?.dispose();
    this.panel = panel;
    const page = new InspectorPage(panel, this.source, this.extension);
    this.page = page;
    panel.iconPath = vscode.Uri.joinPath(this.extension.extensionUri, 'media', 'icon.png');
    panel.onDidDispose(() => {
      page.dispose();
      if (this.panel !== panel) return;
      this.panel = undefined;
      this.page = undefined;
      // What goes on while nobody samples would be drawn wrong later.
      this.source.forgetAll();
    });
  }
}

/** The programs of this window. Their timelines are kept while the panel is open: the past cannot be asked for later. */
class LiveSource implements PageSource {
  readonly lookups: SessionLookups;
  private readonly timelines = new Map<string, TimelineRecorder>();
  private readonly changedKeys = new Set<string>();

  constructor(
    private readonly sessions: SessionsQueries,
    private readonly recorder: Recorder,
    private readonly actions: ProgramActions,
    private readonly extension: PageSurroundings,
  ) {
    this.lookups = new SessionLookups(sessions, () => performance.now());
  }

  /** Where recordings are proposed to be written to. */
  get folder(): vscode.Uri | null {
    return vscode.workspace.workspaceFolders?.[0]?.uri ?? null;
  }

  feed(start: FeedStart): PageFeed {
    const surroundings = {
      recording: () => this.recorder.current,
      fixes: this.extension.fixes,
      mutes: this.extension.mutes,
    };
    return localFeed(this.sessions, this.timelines, surroundings, start);
  }

  sample(): void {
    const now = performance.now();
    for (const key of this.changedKeys) {
      const process = this.sessions.get(key);
      if (process === undefined) continue;
      let recorder = this.timelines.get(key);
      if (recorder === undefined) {
        recorder = new TimelineRecorder(process);
        this.timelines.set(key, recorder);
      }
      recorder.sample(now);
    }
    this.changedKeys.clear();
  }

  note(key: string): void {
    this.changedKeys.add(key);
  }

  forget(key: string): void {
    this.timelines.delete(key);
  }

  forgetAll(): void {
    this.timelines.clear();
  }

  run(command: PanelCommand, process: string | null): void {
    const [name, ...args] = COMMANDS[command];
    void vscode.commands.executeCommand(name, ...args, ...(command === 'start-recording' ? [process] : []));
  }

  act(process: string, action: ProgramAction): void {
    void this.actions.run(process, action);
  }

  seek(): void {
    // Live programs are shown as they are now.
  }
}
