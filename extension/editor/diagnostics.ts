import * as vscode from 'vscode';
import { COMMAND } from '../identifiers';
import { blockSentence, causeText, findingSentence, type BlockView, type FindingView, type Translate } from '../model';
import type { LinesView, PlacedLine } from './lines';

const COLLECTION = 'loopscope';
const SOURCE = 'Loopscope';
const MAX_CALLERS = 10;

const SEVERITY: Readonly<Record<FindingView['severity'], vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
};

const translate: Translate = (message, ...args) => vscode.l10n.t(message, ...args);

/** Shows measured lines in the Problems panel. */
export function registerDiagnostics(lines: LinesView): vscode.Disposable {
  const collection = vscode.languages.createDiagnosticCollection(COLLECTION);
  const subscription = lines.onDidChange(() => {
    const entries = [...lines.all].map(([file, placed]): [vscode.Uri, vscode.Diagnostic[]] => {
      const uri = vscode.Uri.file(file);
      const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri.toString());
      return [uri, placed.flatMap((line) => diagnosticsOf(line, document))];
    });
    const gone: [vscode.Uri, undefined][] = [];
    collection.forEach((uri) => {
      if (!lines.all.has(uri.fsPath)) gone.push([uri, undefined]);
    });
    collection.set([...gone, ...entries]);
  });
  return vscode.Disposable.from(collection, subscription);
}

function diagnosticsOf({ measured, line }: PlacedLine, document: vscode.TextDocument | undefined): vscode.Diagnostic[] {
  const range = rangeOf(line, document);
  const diagnostics: vscode.Diagnostic[] = [];
  if (measured.open) {
    const { callee, cause } = measured.open;
    const what = callee ?? (cause === null ? translate('this line') : causeText(cause, translate));
    const message = translate('Holds the loop now: {0}.', what);
    diagnostics.push(coded(new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Error), 'blocking'));
  }
  for (const block of measured.blocks) {
    const diagnostic = new vscode.Diagnostic(range, blockSentence(block, translate), vscode.DiagnosticSeverity.Warning);
    diagnostic.relatedInformation = callers(block);
    diagnostics.push(coded(diagnostic, 'blocking'));
  }
  for (const finding of measured.findings) {
    const diagnostic = new vscode.Diagnostic(range, findingSentence(finding, translate), SEVERITY[finding.severity]);
    diagnostics.push(coded(diagnostic, finding.rule));
  }
  return diagnostics;
}

function coded(diagnostic: vscode.Diagnostic, rule: string): vscode.Diagnostic {
  const view = rule === 'blocking' ? 'blocks' : 'findings';
  const target = vscode.Uri.from({ scheme: 'command', path: COMMAND.openPanel, query: JSON.stringify([view]) });
  diagnostic.code = { value: rule, target };
  diagnostic.source = SOURCE;
  return diagnostic;
}

/** The text of the line without the blanks before and after it, where it is known. */
function rangeOf(line: number, document: vscode.TextDocument | undefined): vscode.Range {
  if (!document || line >= document.lineCount) return new vscode.Range(line, 0, line, 1000);
  const { text, firstNonWhitespaceCharacterIndex } = document.lineAt(line);
  return new vscode.Range(line, firstNonWhitespaceCharacterIndex, line, text.trimEnd().length);
}

/** Who called the line: the user's own frames above it, innermost first. */
function callers(block: BlockView): vscode.DiagnosticRelatedInformation[] {
  const frames = block.stack.filter((site) => site.user && site.line > 0).reverse();
  return frames
    .filter((site) => site.id !== block.site?.id)
    .slice(0, MAX_CALLERS)
    .map(
      (site) =>
        new vscode.DiagnosticRelatedInformation(
          new vscode.Location(vscode.Uri.file(site.file), new vscode.Position(site.line - 1, 0)),
          translate('in {0}', site.function),
        ),
    );
}
