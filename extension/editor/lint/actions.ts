import * as vscode from 'vscode';
import { COMMAND } from '../../identifiers';
import type { Edit, Finding, Fix } from '../../lint/findings';
import type { Translate } from '../../model';
import { combinedEdits } from './combine';
import { rangeOf } from './diagnostics';
import type { FileEdits, MadeAsync } from '../../lint/messages';
import { slashed, type FileFindings } from './predictions';
import { silenceOf } from './silence';

const FIX_ALL = vscode.CodeActionKind.SourceFixAll.append('loopscope');

const translate: Translate = (message, ...args) => vscode.l10n.t(message, ...args);

/** Gives what is found in a document as it is now; undefined when the linter does not say in time. */
export type FindingsNow = (document: vscode.TextDocument) => Promise<FileFindings | undefined>;

/** Asks for the edits that make the functions on the way to a blocking call asynchronous, or why that cannot be; undefined without a linter. */
export type MakeAsync = (document: vscode.TextDocument, finding: Finding) => Promise<MadeAsync | undefined>;

/** An action whose edits are worked out when it is chosen: they may be in any file of the workspace. */
class MakeAsyncAction extends vscode.CodeAction {
  public constructor(
    title: string,
    public readonly document: vscode.TextDocument,
    public readonly finding: Finding,
  ) {
    super(title, vscode.CodeActionKind.QuickFix);
  }
}

/** The command that says what was measured of the default executor; of no use to a person. */
export const SHOW_PRESSURE = '_loopscope.showExecutorPressure';

/** Offers to fix, silence and explain findings. */
export function registerLintActions(findingsNow: FindingsNow, makeAsync: MakeAsync): vscode.Disposable {
  return vscode.languages.registerCodeActionsProvider(
    { language: 'python', scheme: 'file' },
    {
      provideCodeActions: async (document, range, context) => {
        const { version } = document;
        const found = await findingsNow(document);
        // The edits are for this version. VS Code refuses them when the text changes before they are applied.
        if (found === undefined || document.version !== version || found.version !== version) return [];
        const wants = (kind: vscode.CodeActionKind): boolean =>
          context.only ? context.only.contains(kind) : kind === vscode.CodeActionKind.QuickFix;
        const here = found.findings.filter((finding) => rangeOf(finding).intersection(range) !== undefined);
        return [
          ...(wants(vscode.CodeActionKind.QuickFix)
            ? here.flatMap((finding) => actionsFor(document, finding, found.findings, context.diagnostics))
            : []),
          ...(wants(FIX_ALL) ? fixAll(document, found.findings) : []),
        ];
      },
      resolveCodeAction: async (action: vscode.CodeAction) => {
        if (!(action instanceof MakeAsyncAction) || action.edit) return action;
        const made = await makeAsync(action.document, action.finding);
        const edit = made && 'files' in made ? editOfFiles(made.files) : undefined;
        if (edit) action.edit = edit;
        else {
          const reason = made && 'refusal' in made ? made.refusal : translate('A file has changed: try again.');
          void vscode.window.showWarningMessage(reason);
        }
        return action;
      },
    },
    { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix, FIX_ALL] },
  );
}

function fixAll(document: vscode.TextDocument, findings: readonly Finding[]): vscode.CodeAction[] {
  const edits = combinedEdits(findings);
  if (edits.length === 0) return [];
  const action = new vscode.CodeAction(translate('Fix all that Loopscope can fix safely'), FIX_ALL);
  action.edit = editOf(document.uri, edits);
  thenPressure(
    action,
    findings.map(({ fix }) => fix).filter((fix) => fix?.safe === true),
  );
  return [action];
}

function actionsFor(
  document: vscode.TextDocument,
  finding: Finding,
  all: readonly Finding[],
  shown: readonly vscode.Diagnostic[],
): vscode.CodeAction[] {
  const { rule, fix, alternative } = finding;
  const actions: vscode.CodeAction[] = [];
  const offer = (title: string, edit: vscode.WorkspaceEdit | undefined): vscode.CodeAction => {
    const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
    if (edit) action.edit = edit;
    action.diagnostics = shown.filter((diagnostic) => isAbout(diagnostic, finding));
    actions.push(action);
    return action;
  };
  if (fix) {
    const action = offer(fix.title, editOf(document.uri, fix.edits));
    action.isPreferred = fix.safe;
    thenPressure(action, [fix]);
  }
  if (alternative) thenPressure(offer(alternative.title, editOf(document.uri, alternative.edits)), [alternative]);
  // From the second link on these are the functions that would change.
  const helper = rule.startsWith('blocking-') ? finding.chain[1]?.function : undefined;
  if (helper !== undefined) {
    const title = translate('Make {0} async, with all its callers', `${helper}()`);
    const action = new MakeAsyncAction(title, document, finding);
    action.diagnostics = shown.filter((diagnostic) => isAbout(diagnostic, finding));
    actions.push(action);
  }
  const alike = all.filter((other) => other.rule === rule && other.fix?.safe === true);
  if (fix?.safe === true && alike.length > 1) {
    const action = offer(translate('Fix all {0} in this file', rule), editOf(document.uri, combinedEdits(alike)));
    thenPressure(
      action,
      alike.map((other) => other.fix),
    );
  }
  const silence = silenceEdit(document, finding);
  if (silence) offer(translate('Silence {0} on this line, with a reason', rule), silence);
  const title = translate('Show the rule {0}', rule);
  offer(title, undefined).command = { command: COMMAND.showRule, title, arguments: [rule] };
  return actions;
}

/** Once the edits are applied, what is measured of the executor they hand work to is said. */
function thenPressure(action: vscode.CodeAction, fixes: readonly (Fix | null)[]): void {
  if (fixes.some((fix) => fix?.offloads === true))
    action.command = { command: SHOW_PRESSURE, title: translate('Show what was measured of the default executor') };
}

function isAbout({ code, range }: vscode.Diagnostic, finding: Finding): boolean {
  return typeof code === 'object' && code.value === finding.rule && range.isEqual(rangeOf(finding));
}

/** The edits of several files; undefined when one of them has changed since. */
function editOfFiles(files: readonly FileEdits[]): vscode.WorkspaceEdit | undefined {
  const edit = new vscode.WorkspaceEdit();
  for (const { path, version, edits } of files) {
    const document = vscode.workspace.textDocuments.find(({ uri }) => slashed(uri.fsPath) === path);
    if (version !== null && document?.version !== version) return undefined;
    edit.set(
      vscode.Uri.file(path),
      edits.map((each) => new vscode.TextEdit(rangeOf(each), each.text)),
    );
  }
  return edit;
}

/** The edits of a fix, to be applied to a document. */
export function editOf(uri: vscode.Uri, edits: readonly Edit[]): vscode.WorkspaceEdit {
  const edit = new vscode.WorkspaceEdit();
  edit.set(
    uri,
    edits.map((each) => new vscode.TextEdit(rangeOf(each), each.text)),
  );
  return edit;
}

function silenceEdit(document: vscode.TextDocument, finding: Finding): vscode.WorkspaceEdit | undefined {
  if (finding.rule === 'stale-ignore') return undefined;
  const line = finding.line - 1;
  const silence = silenceOf(document.lineAt(line).text, finding.rule);
  if (!silence) return undefined;
  const snippet = new vscode.SnippetString().appendText(silence.text);
  if (silence.wantsReason) snippet.appendPlaceholder(translate('reason'));
  const edit = new vscode.WorkspaceEdit();
  const place = new vscode.Position(line, silence.character);
  edit.set(document.uri, [vscode.SnippetTextEdit.insert(place, snippet)]);
  return edit;
}
