import * as vscode from 'vscode';
import { SECTION, SETTING } from '../../identifiers';
import type { Sessions, Translate } from '../../model';
import type { Anchors } from '../anchors';
import type { LinesView } from '../lines';
import type { Finding } from '../../lint/findings';
import type { MadeAsync } from '../../lint/messages';
import type { FileFindings } from './predictions';
import { registerLintActions, SHOW_PRESSURE } from './actions';
import { LintDiagnostics } from './diagnostics';
import { Fixes } from './fixing';
import { Joined } from './joined';
import { registerRulePages } from './pages';
import { Predictions } from './predictions';
import { executorPressure } from './pressure';
import type { LintService } from './service';
import { LineWishes } from './lineWishes';

const translate: Translate = (message, ...args) => vscode.l10n.t(message, ...args);

/** The linter in the editor. */
export interface Lint {
  /** The measured lines that no finding on the same line speaks of. */
  readonly unsaid: LinesView;
  /** The linter's fixes for what was measured. */
  readonly fixes: Fixes;
  readonly disposable: vscode.Disposable;
}

/** Lints as people type. The worker starts with the first Python document, and not before. */
export function registerLint(
  context: vscode.ExtensionContext,
  sessions: Sessions,
  lines: LinesView,
  anchors: Anchors,
  log: vscode.LogOutputChannel,
): Lint {
  const predictions = new Predictions();
  const joined = new Joined(sessions, lines, anchors, predictions);
  const starter = new Starter(context.extensionUri, predictions, log);
  const fixes = new Fixes(predictions, anchors, (document) => starter.findingsNow(document));
  const disposable = vscode.Disposable.from(
    starter,
    fixes,
    joined,
    new LintDiagnostics(predictions, joined),
    new LineWishes(sessions, anchors, predictions, log),
    registerLintActions(
      (document) => starter.findingsNow(document),
      (document, finding) => starter.makeAsync(document, finding),
    ),
    registerRulePages(context.extensionUri),
    vscode.commands.registerCommand(SHOW_PRESSURE, () => showPressure(sessions)),
  );
  return { unsaid: joined, fixes, disposable };
}

/** Says what was measured of the default executor, after a fix that hands it more work. */
function showPressure(sessions: Sessions): void {
  const pressure = executorPressure(sessions.processes, translate);
  if (!pressure) return;
  const show = pressure.isHigh ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  void show(pressure.text);
}

/** Starts the service when there is something to lint and the settings allow it, and stops it when they no longer do. */
class Starter implements vscode.Disposable {
  private service: LintService | undefined;
  private isStarting = false;
  private isDisposed = false;
  private readonly subscription: vscode.Disposable;

  public constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly predictions: Predictions,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.subscription = vscode.Disposable.from(
      vscode.workspace.onDidOpenTextDocument(() => this.refresh()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(`${SECTION}.${SETTING.lintEnable}`)) this.refresh();
      }),
    );
    this.refresh();
  }

  public makeAsync(document: vscode.TextDocument, finding: Finding): Promise<MadeAsync | undefined> {
    return this.service?.makeAsync(document, finding) ?? Promise.resolve(undefined);
  }

  public findingsNow(document: vscode.TextDocument): Promise<FileFindings | undefined> {
    return this.service?.findingsNow(document) ?? Promise.resolve(undefined);
  }

  public dispose(): void {
    this.isDisposed = true;
    this.subscription.dispose();
    this.service?.dispose();
  }

  private refresh(): void {
    if (!isEnabled()) {
      this.service?.dispose();
      this.service = undefined;
      return;
    }
    const isWanted = vscode.workspace.textDocuments.some(({ languageId }) => languageId === 'python');
    if (this.service || this.isStarting || !isWanted) return;
    this.isStarting = true;
    // Out of the way of activation, and of the debug session that may wait for it.
    setImmediate(() => {
      this.start()
        .catch((error: unknown) => this.log.error(`The linter does not start: ${String(error)}`))
        .finally(() => (this.isStarting = false));
    });
  }

  private async start(): Promise<void> {
    const { LintService } = await import('./service');
    if (this.isDisposed || !isEnabled()) return;
    const script = vscode.Uri.joinPath(this.extensionUri, 'dist', 'lint-worker.js').fsPath;
    this.service = new LintService(script, this.predictions, this.log);
  }
}

function isEnabled(): boolean {
  return vscode.workspace.getConfiguration(SECTION).get<boolean>(SETTING.lintEnable, true);
}
