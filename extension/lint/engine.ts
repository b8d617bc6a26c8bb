import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { analyzeFile, analyzeInSteps } from './analyze.js';
import type { Analysis, Workspace } from './analyze.js';
import { ConfigError, DEFAULT_CONFIG, mergeSettings, parseConfig } from './config/config.js';
import type { LintConfig } from './config/config.js';
import { OpenDocument } from './documents.js';
import { EvidenceError, joinEvidence, parseEvidence } from './evidence/evidence.js';
import type { Evidence } from './evidence/evidence.js';
import type { Finding } from './findings.js';
import { attachFix, projectOf } from './fix/apply.js';
import type { Project } from './fix/apply.js';
import { makeAsync } from './fix/makeAsync.js';
import type { AsyncPlan } from './fix/makeAsync.js';
import type { FromLintWorker, ToLintWorker } from './messages.js';
import { fileEntry } from './resolve/values.js';
import type { FileEntry } from './resolve/values.js';
import { summarize } from './summary/extract.js';
import type { FileSummary } from './summary/types.js';
import type { PythonParser } from './syntax/parser.js';
import { findConfig, pythonFiles } from './workspace/discover.js';
import { decodeSource } from './workspace/summarizer.js';

/** Files summarised before messages are looked at again. */
const FILES_BETWEEN_YIELDS = 2;
/** Quiet time after an edit before the other files are told of it, in milliseconds. */
const SETTLED = 400;

interface KnownFile {
  hash: string;
  entry: FileEntry;
  /** What other files can see of it, worked out for open documents. */
  offers?: string;
}

/**
 * Lints a workspace for an editor: reads it once, then follows edits. An edit of an open document is answered at once against what
 * is known of the other files; when what it offers them changed, the workspace is analysed again in the background.
 * Single-threaded; work in the background gives way to messages.
 */
export class LintEngine {
  private readonly known = new Map<string, KnownFile>();
  private readonly open = new Map<string, OpenDocument>();
  private readonly sent = new Map<string, string>();
  private roots: readonly string[] = [];
  private config: LintConfig = DEFAULT_CONFIG;
  private evidence: Evidence | null = null;
  private analysis: Analysis | undefined;
  private workspace: Workspace | undefined;
  /** The files the analysis is of, as they were then. */
  private analyzed: ReadonlySet<FileEntry> = new Set();
  private project: Project = { oldestPython: DEFAULT_CONFIG.oldestPython, libraries: new Set() };
  private generation = 0;
  /** Counted apart from the analyses: what has to be read does not become less while something else is analysed. */
  private scans = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly parser: PythonParser,
    private readonly send: (message: FromLintWorker) => void,
  ) {}

  /** Takes one message. Never throws: what goes wrong is sent as a `problem`. */
  receive(message: ToLintWorker): void {
    try {
      this.handle(message);
    } catch (error) {
      this.problem(error);
    }
  }

  /** Stops the background work and frees the trees. */
  dispose(): void {
    this.cancel();
    clearTimeout(this.timer);
    for (const document of this.open.values()) document.close();
    this.open.clear();
  }

  private handle(message: ToLintWorker): void {
    switch (message.type) {
      case 'configure':
        this.roots = message.roots;
        this.config = this.readConfig(message.configFile, message.settings);
        this.background(() => this.scan());
        return;
      case 'open':
        this.open.get(message.path)?.close();
        this.open.set(message.path, new OpenDocument(this.parser, message.text, message.version));
        this.edited(message.path);
        return;
      case 'change': {
        try {
          this.change(message);
        } finally {
          this.send({ type: 'taken', path: message.path, version: message.version });
        }
        return;
      }
      case 'close':
        this.open.get(message.path)?.close();
        this.open.delete(message.path);
        this.background(() => this.refresh([message.path], []));
        return;
      case 'files':
        this.background(() => this.refresh(message.changed, message.deleted));
        return;
      case 'evidence':
        this.evidence = message.report === null ? null : parseEvidence(message.report, 'The report');
        this.background(() => this.publish(this.analysis?.findings ?? []));
        return;
      case 'makeAsync':
        this.background(() => this.makeAsync(message));
        return;
      case 'cancel':
        this.cancel();
    }
  }

  private cancel(): void {
    this.generation++;
    this.scans++;
  }

  private readConfig(file: string | null, settings: Record<string, unknown>): LintConfig {
    const found = file ?? (this.roots[0] === undefined ? undefined : findConfig(this.roots[0]));
    let config = DEFAULT_CONFIG;
    try {
      if (found !== undefined && existsSync(found)) config = parseConfig(readFileSync(found, 'utf8'), found);
      return mergeSettings(config, settings);
    } catch (error) {
      this.problem(error);
      return config;
    }
  }

  private problem(error: unknown): void {
    const known = error instanceof ConfigError || error instanceof EvidenceError;
    this.send({ type: 'problem', message: known || error instanceof Error ? error.message : String(error) });
  }

  // --- one document ----------------------------------------------------------------------------------------------------

  private change({ path, changes, version }: Extract<ToLintWorker, { type: 'change' }>): void {
    const document = this.open.get(path);
    if (document === undefined) throw new Error(`${path} was changed before it was opened; close and open it again.`);
    document.change(changes, version);
    this.edited(path);
  }

  private edited(path: string): void {
    const document = this.open.get(path);
    if (document === undefined) return;
    if (this.isExcluded(path)) {
      this.known.delete(path);
      this.publishFile(path, []);
      return;
    }
    const before = this.known.get(path);
    const entry = fileEntry(path, summarize(document.file));
    const known: KnownFile = { hash: '', entry };
    this.known.set(path, known);
    if (this.analysis === undefined || this.workspace === undefined) return;
    const findings = analyzeFile(entry, this.workspace, this.analysis);
    if (findings !== undefined)
      this.publishFile(
        path,
        this.joined(findings, (file) => file === path),
      );
    known.offers = offers(entry.summary);
    if (findings === undefined || (before?.offers ?? offers(before?.entry.summary)) !== known.offers) this.later();
  }

  /** Whether the configuration leaves a file out, open or not. */
  private isExcluded(path: string): boolean {
    const root = this.roots.find((folder) => path.startsWith(`${folder}/`));
    return root !== undefined && this.config.excludes(path.slice(root.length + 1));
  }

  private later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.background(() => this.analyzeAll()), SETTLED);
    this.timer.unref();
  }

  // --- the workspace ---------------------------------------------------------------------------------------------------

  private background(work: () => Promise<void>): void {
    work().catch((error: unknown) => this.problem(error));
  }

  private async scan(): Promise<void> {
    this.cancel();
    const scan = this.scans;
    const started = performance.now();
    const paths: string[] = [];
    for (const root of this.roots) paths.push(...(await pythonFiles(root, this.config.excludes)));
    const wanted = new Set(paths);
    for (const path of this.known.keys()) if (!wanted.has(path) && !this.open.has(path)) this.known.delete(path);
    // What is left out may be other files than before.
    for (const path of this.open.keys()) this.edited(path);
    let done = 0;
    for (const path of paths) {
      if (scan !== this.scans) return;
      await this.read(path);
      if (++done % FILES_BETWEEN_YIELDS === 0) await pause();
      if (done % 100 === 0 || done === paths.length) this.send({ type: 'progress', done, total: paths.length });
    }
    await this.analyzeAll(started);
  }

  private async refresh(changed: readonly string[], deleted: readonly string[]): Promise<void> {
    for (const path of deleted) if (!this.open.has(path)) this.known.delete(path);
    for (const path of changed) if (/\.pyi?$/.test(path) && !this.isExcluded(path)) await this.read(path);
    await this.analyzeAll();
  }

  /** Summarises a file on disk, unless its content is known already or it is open. */
  private async read(path: string): Promise<void> {
    if (this.open.has(path)) return;
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined) {
      this.known.delete(path);
      return;
    }
    const hash = hashOf(bytes);
    if (this.known.get(path)?.hash === hash) return;
    const summary = summarize(this.parser.parse(decodeSource(bytes)));
    // Through JSON and back, so that no string of the summary keeps the whole source alive.
    this.known.set(path, { hash, entry: fileEntry(path, JSON.parse(JSON.stringify(summary)) as FileSummary) });
  }

  private async analyzeAll(started = performance.now()): Promise<void> {
    const generation = ++this.generation;
    const workspace: Workspace = {
      files: [...this.known.values()].map((each) => each.entry),
      roots: this.roots,
      config: this.config,
    };
    const steps = analyzeInSteps(workspace);
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) {
        this.analysis = step.value;
        this.workspace = workspace;
        this.analyzed = new Set(workspace.files);
        this.project = projectOf(workspace);
        break;
      }
      await pause();
      if (generation !== this.generation) return;
    }
    await this.publish(this.analysis.findings);
    if (generation !== this.generation) return;
    this.send({
      type: 'analyzed',
      files: workspace.files.length,
      findings: this.analysis.findings.length,
      milliseconds: performance.now() - started,
    });
  }

  // --- a change of several files ---------------------------------------------------------------------------------------

  private async makeAsync(asked: Extract<ToLintWorker, { type: 'makeAsync' }>): Promise<void> {
    // The callers must be those of the texts as they are now.
    if (this.analysis === undefined || [...this.known.values()].some(({ entry }) => !this.analyzed.has(entry)))
      await this.analyzeAll();
    const plan = this.planned(asked);
    const { id } = asked;
    if ('refusal' in plan) this.send({ type: 'madeAsync', id, refusal: plan.refusal });
    else {
      const files = [...plan.edits].map(([path, edits]) => ({
        path,
        version: this.open.get(path)?.version ?? null,
        edits: [...edits],
      }));
      this.send({ type: 'madeAsync', id, files });
    }
  }

  private planned({ path, line, column, rule }: Extract<ToLintWorker, { type: 'makeAsync' }>): AsyncPlan {
    const { analysis, workspace } = this;
    const finding = analysis?.findings.find(
      (each) => each.file === path && each.line === line && each.column === column && each.rule === rule,
    );
    if (analysis === undefined || workspace === undefined || finding === undefined)
      return { refusal: 'This is not found any more: wait for the linter and try again.' };
    return makeAsync(finding, {
      analysis,
      files: workspace.files,
      parser: this.parser,
      oldestPython: this.project.oldestPython,
      textOf: (file) => this.analyzedText(file),
      displayed: (file) => this.displayed(file),
    });
  }

  /** The text of a file as it was analysed; undefined when the file is another by now. */
  private analyzedText(path: string): string | undefined {
    const known = this.known.get(path);
    if (known === undefined || !this.analyzed.has(known.entry)) return undefined;
    const document = this.open.get(path);
    if (document !== undefined) return document.text;
    if (!existsSync(path)) return undefined;
    const bytes = readFileSync(path);
    return hashOf(bytes) === known.hash ? decodeSource(bytes) : undefined;
  }

  private displayed(path: string): string {
    const root = this.roots.find((folder) => path.startsWith(`${folder}/`));
    return root === undefined ? path : path.slice(root.length + 1);
  }

  // --- results ---------------------------------------------------------------------------------------------------------

  private joined(findings: readonly Finding[], isAsked: (file: string) => boolean): Finding[] {
    return this.evidence === null ? [...findings] : joinEvidence(findings, this.evidence, isAsked);
  }

  /** Sends what changed, with pauses: whoever listens should not get a whole workspace at once. */
  private async publish(findings: readonly Finding[]): Promise<void> {
    if (this.analysis === undefined) return;
    const generation = this.generation;
    const byFile = new Map<string, Finding[]>();
    for (const finding of this.joined(findings, (file) => this.known.has(file))) {
      const list = byFile.get(finding.file);
      if (list === undefined) byFile.set(finding.file, [finding]);
      else list.push(finding);
    }
    // Before any pause: the findings of an open document belong to the text it has now.
    for (const path of this.open.keys()) this.publishFile(path, this.edits(path) ?? byFile.get(path) ?? []);
    let done = 0;
    for (const path of new Set([...this.sent.keys(), ...byFile.keys()])) {
      if (this.open.has(path)) continue;
      this.publishFile(path, byFile.get(path) ?? []);
      if (++done % FILES_BETWEEN_YIELDS !== 0) continue;
      await pause();
      if (generation !== this.generation) return;
    }
  }

  /** The findings of a document that was edited since the workspace was last analysed; undefined for any other. */
  private edits(path: string): Finding[] | undefined {
    const entry = this.known.get(path)?.entry;
    if (entry === undefined || this.analysis === undefined || this.workspace === undefined) return undefined;
    if (this.analyzed.has(entry)) return undefined;
    const findings = analyzeFile(entry, this.workspace, this.analysis);
    return findings && this.joined(findings, (file) => file === path);
  }

  private publishFile(path: string, findings: Finding[]): void {
    const document = this.open.get(path);
    if (document !== undefined) for (const finding of findings) attachFix(document.file, finding, this.project);
    const message: FromLintWorker = { type: 'findings', path, version: document?.version ?? null, findings };
    const text = JSON.stringify(message);
    const before = this.sent.get(path);
    if (before === text || (before === undefined && findings.length === 0 && document === undefined)) return;
    if (findings.length === 0 && document === undefined) this.sent.delete(path);
    else this.sent.set(path, text);
    this.send(message);
  }
}

/** What other files can see of a file: its names, classes, signatures and calls; not where they are written. */
function offers(summary: FileSummary | undefined): string {
  if (summary === undefined) return '';
  return JSON.stringify([
    summary.names,
    summary.stars,
    summary.attributes,
    summary.classes.map((each) => [each.bases, each.members, each.attributes]),
    summary.functions.map((each) => [
      each.name,
      each.isAsync,
      each.isGenerator,
      each.isAbstract,
      each.decorators,
      each.returns,
      each.yields,
      each.parameters,
      each.calls.map((call) => [call.target, call.arguments, call.flags]),
      each.reads.map((read) => read.target),
    ]),
  ]);
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('base64');
}

/** Lets waiting messages in. */
function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
