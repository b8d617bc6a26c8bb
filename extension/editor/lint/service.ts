import * as vscode from 'vscode';
import { SECTION, SETTING } from '../../identifiers';
import type { Finding } from '../../lint/findings';
import type { FromLintWorker, MadeAsync, ToLintWorker } from '../../lint/messages';
import { LintClient } from './client';
import { DocumentFeed } from './documentFeed';
import { FileFeed } from './fileFeed';
import { slashed, type FileFindings, type Predictions } from './predictions';
import { Scope } from './scope';

/** How long whoever asks for findings waits for the linter to have looked at the last edit, in ms. */
const PATIENCE_MS = 1000;
/** How long whoever asks for a change of several files waits: the whole workspace may have to be analysed first. In ms. */
const LONG_PATIENCE_MS = 60_000;

/** Lints the workspace and the open documents in a worker, from its making to its disposal. */
export class LintService implements vscode.Disposable {
  private readonly client: LintClient;
  private readonly documents: DocumentFeed;
  private readonly subscription: vscode.Disposable;
  private scope = scopeNow();
  private wasAnalyzed = false;
  /** Who waits for the answer to a question, by its number. */
  private readonly asked = new Map<number, (made: MadeAsync | undefined) => void>();
  private questions = 0;

  public constructor(
    script: string,
    private readonly predictions: Predictions,
    private readonly log: vscode.LogOutputChannel,
  ) {
    const send = (message: ToLintWorker): void => this.client.send(message);
    const isWanted = (file: string): boolean => this.scope.includes(file);
    this.documents = new DocumentFeed(isWanted, send, (file) => this.closed(file));
    this.client = new LintClient({
      script,
      started: () => queueMicrotask(() => this.tellEverything()),
      received: (message) => this.receive(message),
      say: (sentence) => log.error(sentence),
    });
    this.subscription = vscode.Disposable.from(
      this.documents,
      new FileFeed(isWanted, send, () => this.configure()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.reconfigure()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        const names = [SETTING.lintSeverity, SETTING.lintExclude, SETTING.lintPythonVersion];
        if (names.some((name) => event.affectsConfiguration(`${SECTION}.${name}`))) this.reconfigure();
      }),
    );
  }

  /** What is found in a document as it is now; undefined when it is not linted, or not in time. */
  public async findingsNow(document: vscode.TextDocument): Promise<FileFindings | undefined> {
    if (!this.documents.isFed(document)) return undefined;
    const path = slashed(document.uri.fsPath);
    const now = (): FileFindings | undefined => {
      const found = this.predictions.get(path);
      return found?.version === document.version ? found : undefined;
    };
    const found = now();
    if (found) return found;
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        unsubscribe();
        resolve(now());
      };
      const timer = setTimeout(end, PATIENCE_MS);
      const unsubscribe = this.predictions.subscribe(() => {
        if (now()) end();
      });
      this.documents.flush(path);
    });
  }

  /** The edits that make the functions on the way to a blocking call asynchronous; undefined when there is no answer in time. */
  public makeAsync(document: vscode.TextDocument, { line, column, rule }: Finding): Promise<MadeAsync | undefined> {
    const path = slashed(document.uri.fsPath);
    const id = ++this.questions;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.answer(id, undefined), LONG_PATIENCE_MS);
      this.asked.set(id, (made) => {
        clearTimeout(timer);
        resolve(made);
      });
      for (const open of vscode.workspace.textDocuments) this.documents.flush(slashed(open.uri.fsPath));
      this.client.send({ type: 'makeAsync', id, path, line, column, rule });
    });
  }

  public dispose(): void {
    for (const id of this.asked.keys()) this.answer(id, undefined);
    this.subscription.dispose();
    void this.client.dispose();
    this.predictions.clear();
  }

  private answer(id: number, made: MadeAsync | undefined): void {
    this.asked.get(id)?.(made);
    this.asked.delete(id);
  }

  private tellEverything(): void {
    this.configure();
    this.documents.tellAll();
  }

  private reconfigure(): void {
    this.scope = scopeNow();
    this.configure();
    this.documents.sift();
    // The linter does not speak of files it no longer looks at.
    for (const file of this.predictions.files()) if (!this.scope.includes(file)) this.drop(file);
  }

  private configure(): void {
    const python = plainSetting(SETTING.lintPythonVersion);
    this.client.send({
      type: 'configure',
      roots: [...this.scope.roots],
      configFile: null,
      settings: {
        rules: plainSetting(SETTING.lintSeverity),
        exclude: plainSetting(SETTING.lintExclude),
        ...(python === '' ? {} : { python }),
      },
    });
  }

  private receive(message: FromLintWorker): void {
    switch (message.type) {
      case 'findings':
        this.found(message);
        return;
      case 'taken':
        this.documents.taken(message.path, message.version);
        return;
      case 'madeAsync':
        this.answer(message.id, message);
        return;
      case 'progress':
        this.log.trace(`Linter: ${message.done} of ${message.total} files read.`);
        return;
      case 'analyzed': {
        const { files, findings, milliseconds } = message;
        const sentence = `Linted ${files} Python files in ${Math.round(milliseconds)} ms: ${findings} findings.`;
        if (this.wasAnalyzed) this.log.debug(sentence);
        else this.log.info(sentence);
        this.wasAnalyzed = true;
        return;
      }
      case 'problem':
        this.log.warn(`Linter: ${message.message}`);
    }
  }

  private found({ path, version, findings }: FromLintWorker & { type: 'findings' }): void {
    if (!this.scope.includes(path) || (this.scope.roots.length === 0 && version === null)) {
      this.drop(path);
      return;
    }
    const document =
      version === null ? undefined : vscode.workspace.textDocuments.find((open) => slashed(open.uri.fsPath) === path);
    // What is found in a newer version is on its way.
    if (document && version !== null && version < document.version) return;
    this.predictions.set(path, { version, findings });
  }

  /** Without a workspace a file is of interest as long as it is open. */
  private closed(file: string): void {
    if (this.scope.roots.length === 0) this.drop(file);
  }

  private drop(file: string): void {
    this.predictions.set(file, { version: null, findings: [] });
  }
}

function scopeNow(): Scope {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const exclude = plainSetting(SETTING.lintExclude);
  return new Scope(
    folders.filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => slashed(uri.fsPath)),
    // Of anything else the linter says what is wrong.
    Array.isArray(exclude) ? exclude.filter((pattern) => typeof pattern === 'string') : [],
  );
}

/** A setting as the person wrote it. What VS Code gives is a proxy, which cannot be handed to a worker. */
function plainSetting(name: string): unknown {
  return JSON.parse(JSON.stringify(vscode.workspace.getConfiguration(SECTION).get<unknown>(name, null)));
}
