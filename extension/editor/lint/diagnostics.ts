import * as vscode from 'vscode';
import { COMMAND } from '../../identifiers';
import type { ChainLink, Edit, Finding } from '../../lint/findings';
import type { Translate } from '../../model';
import { harmlessMessage, joinedMessage, type Measurement } from './join';
import type { Joined } from './joined';
import type { Predictions } from './predictions';

/** The longest that diagnostics are made at a stretch, in ms; in between VS Code does what else it has to. */
const SLICE_MS = 4;

const SEVERITY: Readonly<Record<Finding['severity'], vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
  hint: vscode.DiagnosticSeverity.Hint,
};

const translate: Translate = (message, ...args) => vscode.l10n.t(message, ...args);

/** Shows findings, and what was measured of them, in the Problems panel. */
export class LintDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('loopscope-lint');
  private readonly waiting = new Set<string>();
  private readonly subscription: vscode.Disposable;
  private next: NodeJS.Immediate | undefined;

  public constructor(
    private readonly predictions: Predictions,
    private readonly joined: Joined,
  ) {
    this.subscription = joined.onDidChangeFindings((files) => {
      for (const file of files) this.waiting.add(file);
      this.next ??= setImmediate(() => this.slice());
    });
  }

  public dispose(): void {
    clearImmediate(this.next);
    this.subscription.dispose();
    this.collection.dispose();
  }

  private slice(): void {
    this.next = undefined;
    const began = performance.now();
    const entries: [vscode.Uri, vscode.Diagnostic[] | undefined][] = [];
    for (const file of this.waiting) {
      this.waiting.delete(file);
      const findings = this.predictions.get(file)?.findings ?? [];
      const diagnostics = findings.map((finding) => this.diagnosticOf(finding));
      entries.push([vscode.Uri.file(file), diagnostics.length > 0 ? diagnostics : undefined]);
      if (performance.now() - began > SLICE_MS) break;
    }
    this.collection.set(entries);
    if (this.waiting.size > 0) this.next = setImmediate(() => this.slice());
  }

  private diagnosticOf(finding: Finding): vscode.Diagnostic {
    const measurement = this.joined.measurement(finding);
    const harmlessMs = measurement ? null : this.joined.harmlessMs(finding);
    const severity = harmlessMs === null ? severityOf(finding, measurement) : vscode.DiagnosticSeverity.Hint;
    let { message } = finding;
    if (measurement) message = joinedMessage(finding, measurement, translate);
    else if (harmlessMs !== null) message = harmlessMessage(finding, harmlessMs, translate);
    const diagnostic = new vscode.Diagnostic(rangeOf(finding), message, severity);
    diagnostic.source = 'Loopscope';
    diagnostic.code = { value: finding.rule, target: pageOf(finding.rule) };
    diagnostic.relatedInformation = chainOf(finding);
    return diagnostic;
  }
}

/** What was seen to hold the loop is a warning at least, and an error while it does. */
function severityOf(finding: Finding, measurement: Measurement | undefined): vscode.DiagnosticSeverity {
  if (measurement?.isOpen === true) return vscode.DiagnosticSeverity.Error;
  const isMinor = finding.severity === 'information' || finding.severity === 'hint';
  return SEVERITY[measurement && isMinor ? 'warning' : finding.severity];
}

/** The range of a finding or an edit; they count from 1, VS Code from 0. */
export function rangeOf({ line, column, endLine, endColumn }: Omit<Edit, 'text'>): vscode.Range {
  return new vscode.Range(line - 1, column - 1, endLine - 1, endColumn - 1);
}

/** A link that shows the page of a rule. */
function pageOf(rule: string): vscode.Uri {
  return vscode.Uri.from({ scheme: 'command', path: COMMAND.showRule, query: JSON.stringify([rule]) });
}

/** The way from the reported line to the call that blocks; its first link is the line itself. */
function chainOf({ chain, subject }: Finding): vscode.DiagnosticRelatedInformation[] {
  return chain.slice(1).map((link, index, links) => {
    const isLast = index === links.length - 1;
    const message =
      isLast && subject !== undefined
        ? translate('{0} is called in {1}', subject, link.function)
        : translate('in {0}', link.function);
    return new vscode.DiagnosticRelatedInformation(locationOf(link), message);
  });
}

function locationOf({ file, line }: ChainLink): vscode.Location {
  return new vscode.Location(vscode.Uri.file(file), new vscode.Position(line - 1, 0));
}
