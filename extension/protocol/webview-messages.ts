/**
 * What the panel's host and the webview say to each other: two unions, {@link ToWebview} and {@link FromWebview}.
 *
 * The host owns all data. The webview says what it is looking at ({@link Want}); the host sends only that, whole
 * sections at a time and only those that changed, at most {@link UPDATES_PER_SECOND} times a second, and nothing while
 * the panel is hidden. A section that is sent again replaces the earlier one, except the points of `lag` and the slices
 * of `timeline`, which are added to those already there unless `reset` is true.
 *
 * Every `*Ns` counts nanoseconds of the inspected process's clock, as on the wire. All strings that come from the
 * inspected program are shown as text, never as markup, and a source place goes back to the host only as its id.
 */
import type {
  BacklogView,
  BlockTrendsView,
  BlockView,
  ExecutorView,
  FindingView,
  ProcessOverview,
  ProcessPhase,
  TaskColumn,
  TaskFinding,
  TaskGroup,
  TaskGrouping,
  TaskRow,
} from '../model/queries';
import type { Changes } from '../model/moments';
import type { Spark } from '../model/taskSeconds';
import type { Level, WaitKind } from './generated/types';
import type { ColumnChoice } from './webview-columns';
import type { TaskDetails } from './webview-details';
import type { Texts } from './webview-texts';
import type { Timeline } from './webview-timeline';

export type * from './webview-details';
export { MAX_MOMENTS } from './webview-details';
export type * from './webview-timeline';

/** The most updates the host sends in a second. */
export const UPDATES_PER_SECOND = 10;
/** How far back the lag chart and the timeline reach, in seconds. */
export const HISTORY_SECONDS = 60;
/** The most task rows one window may ask for. */
export const MAX_ROWS = 400;
/** The most nodes the graph is given; equals are collapsed first, and what is left out is counted. */
export const MAX_GRAPH_NODES = 300;
/** The most task lanes the timeline is given; what is left out is counted. */
export const MAX_TASK_LANES = 60;
/** The most exact steps one update of the timeline carries, and the most a webview need keep; what is left out is counted. */
export const MAX_TIMELINE_STEPS = 20_000;

/** The tabs, in their order. */
export const VIEWS = ['now', 'timeline', 'tasks', 'graph', 'blocks', 'executors', 'findings'] as const;
/** One of the tabs. */
export type ViewName = (typeof VIEWS)[number];

/** One inspected process in the switcher. */
export interface ProcessItem {
  readonly key: string;
  readonly title: string;
  readonly pid: number;
  /** How many of its ancestors are in the list: a worker comes behind the process that started it. */
  readonly depth: number;
  readonly phase: ProcessPhase;
  readonly blocked: boolean;
}

/** Why there is nothing to inspect yet. */
export interface Waiting {
  readonly reason:
    | 'no-program'
    | 'no-python'
    | 'connecting'
    | 'runtime-too-old'
    | 'not-inspected'
    | 'reading-recording'
    | 'bad-recording';
  /** A sentence with the particulars, such as where Python was looked for; empty when there are none. */
  readonly detail: string;
}

/** All processes that have not ended together, while there are several. */
export interface Totals {
  readonly live: number;
  /** Tasks alive. */
  readonly tasks: number;
  /** Places that held a loop. */
  readonly blocks: number;
  readonly findings: number;
  /** The longest lag of any of their loops since the start, in milliseconds; null without a probe. */
  readonly longestLagMs: number | null;
}

/** A recording that is being written. */
export interface RecordingState {
  /** Key of the recorded process. */
  readonly process: string;
  readonly title: string;
  readonly file: string;
  /** The process's clock when it began. */
  readonly fromNs: number;
}

/** A recording that is looked at instead of a live program. */
export interface Replay {
  readonly fromNs: number;
  readonly toNs: number;
  /** The moment shown. */
  readonly atNs: number;
  /** True while a moment that was asked for is still on its way. */
  readonly seeking: boolean;
  /** When blocks began, oldest first, and how long they lasted. */
  readonly blocks: readonly { readonly atNs: number; readonly durationNs: number }[];
  /** What is wrong with the file and at which byte, in a sentence; null when nothing is. */
  readonly problem: string | null;
}

/** Points of the lag chart: arrays of equal length, oldest first. */
export interface LagPoints {
  readonly reset: boolean;
  readonly loop: readonly number[];
  readonly timeNs: readonly number[];
  readonly lagMs: readonly number[];
  /** 1 while the probe has not run yet, else 0. */
  readonly open: readonly number[];
}

/** A finding that is about a task, by its id among {@link TaskTable.findings}. */
export interface RowFinding {
  readonly id: number;
  readonly by: TaskFinding['by'];
}

/** A row of the task table: a task, or the head of a group of tasks. Absent findings are none. */
export type TableRow =
  | { readonly type: 'task'; readonly task: TaskRow; readonly findings?: readonly RowFinding[] }
  | { readonly type: 'group'; readonly group: TaskGroup; readonly open: boolean };

/** A window of the task table. */
export interface TaskTable {
  /** Tasks the model holds. */
  readonly known: number;
  /** Tasks that pass the filter. */
  readonly matching: number;
  /** Rows of the whole table, group heads included. */
  readonly rowCount: number;
  /** Index of the first row sent. */
  readonly offset: number;
  readonly rows: readonly TableRow[];
  /** Those that the rows name. */
  readonly findings: readonly FindingView[];
  /** What is wrong with the filter, in a sentence; null when nothing is. */
  readonly filterError: string | null;
}

/** What the steps of the tasks on the screen come to at `trace`: arrays of equal length, an entry for each task. */
export interface StepTotals {
  /** True when nobody looked until now: nothing is known of the time since an earlier message. */
  readonly reset: boolean;
  readonly task: readonly number[];
  readonly steps: readonly number[];
  /** Time in them. */
  readonly busyNs: readonly number[];
  /** When the latest ended. */
  readonly lastNs: readonly number[];
}

/** How much a task on the screen ran in the last seconds before the moment that a recording shows. */
export interface RecordedSpark extends Spark {
  readonly task: number;
}

/** One node of the graph: a task, several equal tasks, or a thing that is waited on. */
export interface GraphNode {
  readonly id: string;
  readonly kind: 'task' | 'object' | 'executor';
  readonly label: string;
  /** What the node's task does, in words. */
  readonly detail: string;
  /** How many equal tasks it stands for. */
  readonly count: number;
  /** A task to show when the node is chosen; null for what is no task. */
  readonly task: number | null;
  readonly wait: WaitKind | null;
  readonly inCycle: boolean;
}

/** Who waits for whom. */
export interface WaitGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly inCycle: boolean }[];
  /** Tasks that wait and are not drawn. */
  readonly omitted: number;
}

/** Everything an update may carry. */
export interface Sections {
  readonly processes: readonly ProcessItem[];
  /** Null unless several processes are live. */
  readonly totals: Totals | null;
  /** Null while none is written. */
  readonly recording: RecordingState | null;
  /** Null in the panel, which shows live programs. */
  readonly replay: Replay | null;
  /** Set while there is no process to show, null otherwise. */
  readonly waiting: Waiting | null;
  readonly overview: ProcessOverview | null;
  readonly lag: LagPoints;
  readonly tasks: TaskTable;
  readonly stepTotals: StepTotals;
  /** Of a recording, instead of `stepTotals`. */
  readonly recordedSteps: readonly RecordedSpark[];
  readonly blocks: readonly BlockView[];
  readonly trends: BlockTrendsView;
  readonly executors: readonly ExecutorView[];
  readonly backlogs: readonly BacklogView[];
  readonly findings: readonly FindingView[];
  readonly graph: WaitGraph;
  readonly timeline: Timeline;
  readonly details: TaskDetails | null;
  readonly remarks: Remarks;
  /** Null while nothing is compared with. */
  readonly comparison: Comparison | null;
}

/** What the editor knows of the places on the screen, and what the person has said of them. */
export interface Remarks {
  /** Titles of the fixes that the linter has for a place that held a loop, by the id of the place. */
  readonly fixes: Readonly<Record<number, string>>;
  /** Why a block does not matter, as the person wrote it, by its id. */
  readonly mutedBlocks: Readonly<Record<number, string>>;
  /** Why a finding does not matter, by its id. */
  readonly mutedFindings: Readonly<Record<number, string>>;
}

/** What differs between an earlier moment, or one of another run, and the moment shown. */
export interface Comparison extends Changes {
  /** What the other moment is of, and when it was on the clock of its run. */
  readonly title: string;
  readonly atNs: number;
  /** True when both are moments of one run. */
  readonly sameRun: boolean;
}

/** A window of the task table. */
export interface TaskWindow {
  readonly offset: number;
  readonly count: number;
  readonly sort: TaskColumn;
  readonly descending: boolean;
  readonly filter: string;
  /** Null for a flat table. */
  readonly grouping: TaskGrouping | null;
  /** Keys of the groups that are open. */
  readonly open: readonly string[];
}

/** What the webview is looking at. */
export interface Want {
  readonly view: ViewName;
  /** Key of a process; null leaves the choice to the host: the newest live one. */
  readonly process: string | null;
  /** The window of the task table; null when it is not on the screen. */
  readonly tasks: TaskWindow | null;
  /** The task whose details are open. */
  readonly task: number | null;
  /** Whether its variables are looked at, which can be read while its loop is held. Absent is false. */
  readonly locals?: boolean;
}

/** Sent first. */
export interface SettingsMessage {
  readonly type: 'settings';
  readonly texts: Texts;
  /** BCP 47 tag, for numbers. */
  readonly locale: string;
  /** Of the task table. */
  readonly columns: ColumnChoice;
}

/** What changed. */
export interface UpdateMessage {
  readonly type: 'update';
  /** The process's clock when this was written. */
  readonly nowNs: number;
  /** True while that clock runs on: the process is alive. */
  readonly ticking: boolean;
  readonly sections: Partial<Sections>;
}

/** Asks the webview to look at something, after a click in the status bar or the editor. */
export interface RevealMessage {
  readonly type: 'reveal';
  readonly view: ViewName;
}

/** From the host to the webview. */
export type ToWebview = SettingsMessage | UpdateMessage | RevealMessage;

/** What a button in the panel may ask the host to do. */
export const PANEL_COMMANDS = [
  'run-file',
  'open-settings',
  'show-log',
  'start-recording',
  'stop-recording',
  'export',
  'report',
] as const;
/** One of {@link PANEL_COMMANDS}. */
export type PanelCommand = (typeof PANEL_COMMANDS)[number];

/** What a person may have done to the program. The webview asks about what changes the program before it sends it. */
export type ProgramAction =
  | { readonly kind: 'hold' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'cancel-task'; readonly task: number }
  | { readonly kind: 'set-level'; readonly level: Level };

/** A row that can be muted: a block or a finding, by its id. */
export interface Mutable {
  readonly what: 'block' | 'finding';
  readonly id: number;
}

/** From the webview to the host. */
export type FromWebview =
  | { readonly type: 'ready'; readonly want: Want }
  | { readonly type: 'want'; readonly want: Want }
  | { readonly type: 'open'; readonly process: string; readonly site: number }
  | { readonly type: 'copy'; readonly text: string }
  /** Keeps the choice of columns for every page to come, in every window. */
  | { readonly type: 'columns'; readonly columns: ColumnChoice }
  /** Does something to the program. */
  | { readonly type: 'act'; readonly process: string; readonly action: ProgramAction }
  /** Compares from now on with the moment that is shown, with the end of a recording that the host asks for, or no more. */
  | { readonly type: 'compare'; readonly against: 'now' | 'recording' | 'nothing' }
  /** Applies the fix the linter has for a place that held a loop. */
  | { readonly type: 'fix'; readonly process: string; readonly site: number }
  /** Asks why the row does not matter, and keeps that for the workspace. */
  | ({ readonly type: 'mute'; readonly process: string } & Mutable)
  | ({ readonly type: 'unmute'; readonly process: string } & Mutable)
  /** In a recording: shows the moment `timeNs`. */
  | { readonly type: 'seek'; readonly timeNs: number }
  | { readonly type: 'command'; readonly command: PanelCommand };

/** What the webview keeps over a reload. */
export interface PersistedState {
  readonly view: ViewName;
  readonly process: string | null;
  readonly sort: TaskColumn;
  readonly descending: boolean;
  readonly filter: string;
  readonly grouping: TaskGrouping | null;
}
