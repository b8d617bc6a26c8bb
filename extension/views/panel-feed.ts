/**
 * What the panel sends to its webview: the sections the open view needs, when they changed. Knows no VS Code, so that
 * tests and benchmarks run the very same code.
 */
import type { Moment, ProcessOverview, ProcessQueries, SessionsQueries } from '../model';
import { inFamilies } from '../model/families';
import type {
  LagPoints,
  ProcessItem,
  RecordedSpark,
  RecordingState,
  Replay,
  Sections,
  Totals,
  UpdateMessage,
  Waiting,
  Want,
} from '../protocol/webview-messages';
import { HISTORY_SECONDS } from '../protocol/webview-messages';
import { ChangesFeed } from './panel-changes';
import { DetailsFeed } from './panel-details';
import type { Mutes } from '../mutes';
import { waitGraph } from './panel-graph';
import { RemarksFeed, unmutedVerdict, type PlaceFixes } from './panel-remarks';
import { StepTotalsFeed } from './panel-steps';
import { taskTable } from './panel-table';
import type { TimelineRecorder } from './panel-timeline';

/** Table windows that depend on the time are worked out again this often, in ms. */
const TIMED_TABLE_MS = 1000;
/** A graph that changes faster cannot be read. In ms. */
const GRAPH_MS = 1000;

/** What is known before there are any. */
const NO_REMARKS = '{"fixes":{},"mutedBlocks":{},"mutedFindings":{}}';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What is shown beside the processes; each is asked at every update. */
export interface Surroundings {
  /** The recording that is being written. */
  recording?(): RecordingState | null;
  /** The recording that is looked at. */
  replay?(): Replay | null;
  /** How much tasks ran lately at the moment of the recording; those that did nothing may be left out. */
  recordedSteps?(tasks: readonly number[]): readonly RecordedSpark[];
  /** Why there is no process to show; without it, how the newest launch fares. */
  waiting?(): Waiting;
  /** The moment that is compared with. */
  baseline?(): Moment | null;
  /** The linter's fixes. */
  readonly fixes?: PlaceFixes;
  /** What the person muted. */
  readonly mutes?: Mutes;
}

/** One webview's view of the sessions. Not reusable: a webview that reloads gets a new one. */
export class PanelFeed {
  private want: Want;
  private shownKey: string | null = null;
  private started = false;
  private readonly sentRevisions = new Map<string, number>();
  private readonly sentTexts = new Map<keyof Sections, string>();
  /** What was sent of the sections that are about no one process. */
  private readonly sentAround = new Map<keyof Sections, string>();
  private readonly lagSentNs = new Map<number, number>();
  private tableAt = 0;
  private graphAt = -Infinity;
  private readonly details: DetailsFeed;
  private readonly remarks: RemarksFeed;
  private readonly changes = new ChangesFeed();
  private readonly steps = new StepTotalsFeed();
  /** The tasks of the window of the table that was sent. */
  private shownTasks: readonly number[] = [];

  /**
   * @param timelines Recorders by process key, which outlive the webview.
   * @param changed Called when something that was asked of the program has arrived and {@link update} has news.
   */
  constructor(
    private readonly sessions: SessionsQueries,
    private readonly timelines: ReadonlyMap<string, TimelineRecorder>,
    want: Want,
    changed: () => void,
    private readonly surroundings: Surroundings = {},
  ) {
    this.want = want;
    this.details = new DetailsFeed(sessions, changed);
    this.remarks = new RemarksFeed(surroundings.fixes, surroundings.mutes);
  }

  /** The person looks at something else now. */
  setWant(want: Want): void {
    if (want.view !== this.want.view) this.sentRevisions.delete('timeline');
    this.want = want;
  }

  /** Sends everything again with the next update: the process shown is the same, at another moment. */
  resend(): void {
    this.forget(this.shownKey);
  }

  /** The process whose places `open` messages name. */
  get process(): ProcessQueries | undefined {
    return this.shownKey === null ? undefined : this.sessions.get(this.shownKey);
  }

  /**
   * What changed since the last call; null when nothing did.
   * @param now `performance.now()`-like milliseconds, the same clock the model is driven with.
   */
  update(now: number): UpdateMessage | null {
    const process = this.choose();
    const key = process?.key ?? null;
    if (key !== this.shownKey || !this.started) this.forget(key);
    const sections: Partial<Writable<Sections>> = {};
    this.put(sections, 'processes', this.processItems(now));
    this.putAround(sections, 'totals', totals(this.sessions, now));
    this.putAround(sections, 'recording', this.surroundings.recording?.() ?? null);
    const replay = this.surroundings.replay?.() ?? null;
    this.putAround(sections, 'replay', replay);
    const waiting = process === undefined ? (this.surroundings.waiting?.() ?? waitingFor(this.sessions)) : null;
    this.put(sections, 'waiting', waiting);
    const overview = process?.overview(now);
    if (process === undefined || overview === undefined) this.put(sections, 'overview', null);
    else this.putProcess(sections, process, overview, now);
    if (Object.keys(sections).length === 0) return null;
    return {
      type: 'update',
      nowNs: overview?.nowNs ?? 0,
      ticking: overview !== undefined && overview.phase !== 'ended' && replay === null,
      sections,
    };
  }

  /** Nobody looks any more. */
  dispose(): void {
    if (this.shownKey !== null) this.sessions.lookAt(this.shownKey, { steps: false, task: null });
  }

  private choose(): ProcessQueries | undefined {
    const chosen = this.want.process === null ? undefined : this.sessions.get(this.want.process);
    return chosen ?? this.sessions.current;
  }

  private forget(key: string | null): void {
    if (key !== this.shownKey) this.dispose();
    this.started = true;
    this.shownKey = key;
    this.sentRevisions.clear();
    this.sentTexts.clear();
    this.lagSentNs.clear();
    this.graphAt = -Infinity;
    this.changes.reset();
    this.steps.reset();
  }

  private putProcess(
    sections: Partial<Writable<Sections>>,
    process: ProcessQueries,
    overview: ProcessOverview,
    now: number,
  ): void {
    const { revisions } = process;
    const { view } = this.want;
    // The clock runs on in the webview; a change of nothing but the clock is not worth a message.
    const remarks = this.remarks.of(process, overview);
    const saidMore = this.putAround(sections, 'remarks', remarks, NO_REMARKS);
    if (this.isNew('overview', revisions.overview) || overview.phase === 'silent' || saidMore) {
      sections.overview = { ...overview, verdict: unmutedVerdict(process, overview, remarks) };
    }
    if (view === 'now' && this.isNew('lag', revisions.lag)) sections.lag = this.lag(process, overview);
    if ((view === 'now' || view === 'blocks') && this.isNew('blocks', revisions.blocks))
      sections.blocks = process.blocks();
    if (view === 'blocks' && this.isNew('trends', revisions.blocks)) sections.trends = process.blockTrends();
    if ((view === 'now' || view === 'executors') && this.isNew('executors', revisions.executors)) {
      sections.executors = process.executors();
    }
    if (view === 'executors' && this.isNew('backlogs', revisions.executors)) sections.backlogs = process.backlogs();
    if (view === 'findings') {
      this.putAround(sections, 'comparison', this.changes.of(process, this.surroundings.baseline?.() ?? null, now));
    }
    if (view === 'findings' && this.isNew('findings', revisions.findings)) sections.findings = process.findings();
    if (view === 'graph' && now - this.graphAt >= GRAPH_MS && this.isNew('graph', revisions.tasks)) {
      this.graphAt = now;
      sections.graph = waitGraph(process, now);
    }
    this.sessions.lookAt(process.key, { steps: view === 'timeline', task: this.want.task });
    if (view === 'timeline') {
      const timeline = this.timelines.get(process.key)?.since(this.sentRevisions.get('timeline') ?? -1);
      if (timeline !== undefined) {
        this.sentRevisions.set('timeline', timeline.revision);
        sections.timeline = timeline.section;
      }
    }
    this.putTable(sections, process, now);
    if (this.want.tasks === null) this.steps.reset();
    else if (this.surroundings.recordedSteps !== undefined) {
      this.put(sections, 'recordedSteps', this.surroundings.recordedSteps(this.shownTasks));
    } else {
      const stepTotals = this.steps.of(process, this.shownTasks);
      if (stepTotals !== null) sections.stepTotals = stepTotals;
    }
    const { task, locals } = this.want;
    const timeline = this.timelines.get(process.key);
    this.put(sections, 'details', task === null ? null : this.details.of(process, task, now, timeline, locals));
  }

  private putTable(sections: Partial<Writable<Sections>>, process: ProcessQueries, now: number): void {
    const window = this.want.tasks;
    if (window === null) return;
    const asked = JSON.stringify(window);
    const sameQuestion = this.sentTexts.get('tasks')?.startsWith(asked) === true;
    const { tasks, sites, findings, blocks } = process.revisions;
    const fresh = this.isNew('tasks', tasks + sites + findings + blocks);
    const timed = window.filter !== '' && now - this.tableAt >= TIMED_TABLE_MS;
    if (sameQuestion && !fresh && !timed) return;
    this.tableAt = now;
    const table = taskTable(process, window, now);
    const text = asked + JSON.stringify(table);
    if (this.sentTexts.get('tasks') === text) return;
    this.sentTexts.set('tasks', text);
    sections.tasks = table;
    this.shownTasks = table.rows.flatMap((row) => (row.type === 'task' ? [row.task.id] : []));
  }

  private lag(process: ProcessQueries, overview: ProcessOverview): LagPoints {
    const reset = this.lagSentNs.size === 0;
    const points = { reset, loop: [] as number[], timeNs: [] as number[], lagMs: [] as number[], open: [] as number[] };
    for (const loop of overview.loops) {
      const from = this.lagSentNs.get(loop.id) ?? overview.nowNs - HISTORY_SECONDS * 1e9;
      const series = process.lag(loop.id, Math.max(0, from));
      this.lagSentNs.set(loop.id, from);
      series.timesNs.forEach((timeNs, index) => {
        const open = index === series.open;
        points.loop.push(loop.id);
        points.timeNs.push(timeNs);
        points.lagMs.push(series.lagsMs[index] ?? 0);
        points.open.push(open ? 1 : 0);
        if (!open) this.lagSentNs.set(loop.id, timeNs);
      });
    }
    return points;
  }

  private processItems(now: number): readonly ProcessItem[] {
    const overviews = this.sessions.processes.map((process) => process.overview(now));
    const identify = ({ process: { pid, parent_pid } }: ProcessOverview) => ({ pid, parentPid: parent_pid });
    return inFamilies(overviews, identify).map(({ member: overview, depth }) => {
      return {
        key: overview.key,
        title: overview.title,
        pid: overview.process.pid,
        depth,
        phase: overview.phase,
        blocked: overview.loops.some((loop) => loop.state === 'blocked'),
      };
    });
  }

  /** True once for every value of a revision counter. */
  private isNew(part: string, revision: number): boolean {
    if (this.sentRevisions.get(part) === revision) return false;
    this.sentRevisions.set(part, revision);
    return true;
  }

  /** Puts a small section in when its content differs from what was sent. */
  private put<K extends keyof Sections>(sections: Partial<Writable<Sections>>, name: K, value: Sections[K]): void {
    const text = JSON.stringify(value);
    if (this.sentTexts.get(name) === text) return;
    this.sentTexts.set(name, text);
    sections[name] = value;
  }

  /** Puts a section in that is about no one process, and is absent until it first has something to say. */
  private putAround<K extends keyof Sections>(
    sections: Partial<Writable<Sections>>,
    name: K,
    value: Sections[K] | null,
    nothing = 'null',
  ): boolean {
    const text = JSON.stringify(value);
    if (text === (this.sentAround.get(name) ?? nothing)) return false;
    this.sentAround.set(name, text);
    sections[name] = value as Sections[K];
    return true;
  }
}

/** All live processes together; null unless there are several. */
function totals(sessions: SessionsQueries, now: number): Totals | null {
  if (sessions.processes.length < 2) return null;
  const sum = { live: 0, tasks: 0, blocks: 0, findings: 0 };
  let longestLagMs: number | null = null;
  for (const process of sessions.processes) {
    const overview = process.overview(now);
    if (overview.phase === 'ended') continue;
    sum.live++;
    sum.tasks += overview.counts.alive;
    sum.blocks += overview.blocks;
    sum.findings += overview.findings;
    for (const { lagMs } of overview.loops) {
      if (lagMs.count > 0) longestLagMs = Math.max(longestLagMs ?? 0, lagMs.max);
    }
  }
  return sum.live < 2 ? null : { ...sum, longestLagMs };
}

/** Why there is no process to show, from how the newest launch fares. */
export function waitingFor(sessions: SessionsQueries): Waiting {
  const [launch] = sessions.launches;
  if (launch === undefined || launch.phase === 'ended') return { reason: 'no-program', detail: '' };
  if (launch.phase !== 'failed') return { reason: 'connecting', detail: launch.title };
  const detail = launch.message ?? '';
  if (launch.code === 'no-python') return { reason: 'no-python', detail };
  if (launch.code === 'protocol') return { reason: 'runtime-too-old', detail };
  return { reason: 'not-inspected', detail };
}
