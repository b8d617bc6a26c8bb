/** All state of the page as signals: what the host sent, and what the person chose to look at. */
import { batch, computed, signal } from '@preact/signals';
import type {
  Mutable,
  PersistedState,
  ProcessItem,
  ProgramAction,
  Sections,
  TaskTable,
  TaskWindow,
  ToWebview,
  ViewName,
  Want,
} from '../extension/protocol/webview-messages';
import { VIEWS } from '../extension/protocol/webview-messages';
import type {
  BacklogView,
  BlockTrendsView,
  BlockView,
  ExecutorView,
  FindingView,
  ProcessOverview,
  TaskColumn,
  TaskGrouping,
} from '../extension/model/queries';
import { setClock } from './clock';
import { persist, post, restore } from './host';
import { lagHistory } from './lagHistory';
import { noteRates } from './rates';
import { stepSparks } from './stepSparks';
import { columnChoice } from './taskColumns';
import { setTexts } from './texts';
import { timelineHistory } from './timelineHistory';

/** Height of a row of the task table in CSS pixels; the style sheet's `--row` says the same. */
export const ROW_HEIGHT = 22;

const kept = restore();

/** True once the first update is in. */
export const loaded = signal(false);

export const processes = signal<readonly ProcessItem[]>([]);
export const waiting = signal<Sections['waiting']>(null);
export const totals = signal<Sections['totals']>(null);
export const recording = signal<Sections['recording']>(null);
export const replay = signal<Sections['replay']>(null);
export const overview = signal<ProcessOverview | null>(null);
export const tasks = signal<TaskTable | null>(null);
export const blocks = signal<readonly BlockView[]>([]);
export const trends = signal<BlockTrendsView>({ stretchNs: 1e9, trends: [] });
export const executors = signal<readonly ExecutorView[]>([]);
export const backlogs = signal<readonly BacklogView[]>([]);
export const findings = signal<readonly FindingView[]>([]);
export const graph = signal<Sections['graph'] | null>(null);
export const details = signal<Sections['details']>(null);
export const comparison = signal<Sections['comparison']>(null);
export const remarks = signal<Sections['remarks']>({ fixes: {}, mutedBlocks: {}, mutedFindings: {} });

export const view = signal<ViewName>(VIEWS.find((name) => name === kept.view) ?? 'now');
export const chosenProcess = signal<string | null>(kept.process ?? null);
export const selectedTask = signal<number | null>(null);
export const sort = signal<TaskColumn>(kept.sort ?? 'waited');
export const descending = signal(kept.descending ?? true);
export const filter = signal(kept.filter ?? '');
export const grouping = signal<TaskGrouping | null>(kept.grouping ?? null);
export const openGroups = signal<readonly string[]>([]);
/** Whether the variables of the selected task are looked at while its loop is held. */
export const localsShown = signal(false);
/**
 * Rows of the task table on the screen, set by the table itself; at first as many as the page can have, so that no others
 * keep the first of them waiting.
 */
export const visibleRows = signal<{ readonly offset: number; readonly count: number }>({
  offset: 0,
  count: Math.ceil(window.innerHeight / ROW_HEIGHT),
});

/** True in the views that show the task table. */
export const tableShown = computed(() => view.value === 'now' || view.value === 'tasks');

/** True where the steps of tasks are counted. */
export const stepsShown = computed(() => overview.value?.level === 'trace');

const taskWindow = computed<TaskWindow | null>(() =>
  tableShown.value
    ? {
        ...visibleRows.value,
        sort: sort.value,
        descending: descending.value,
        filter: filter.value,
        grouping: grouping.value,
        open: openGroups.value,
      }
    : null,
);

/** What the host is asked for. */
export const want = computed<Want>(() => ({
  view: view.value,
  process: chosenProcess.value,
  tasks: taskWindow.value,
  task: selectedTask.value,
  locals: localsShown.value,
}));

/** What is kept over a reload. */
const toPersist = computed<PersistedState>(() => ({
  view: view.value,
  process: chosenProcess.value,
  sort: sort.value,
  descending: descending.value,
  filter: filter.value,
  grouping: grouping.value,
}));

/** Starts telling the host what is looked at, and keeping it. */
export function connect(): void {
  post({ type: 'ready', want: want.value });
  let first = true;
  want.subscribe((value) => {
    if (!first) post({ type: 'want', want: value });
    first = false;
  });
  toPersist.subscribe((value) => {
    persist(value);
  });
}

/** Takes in one message of the host. */
export function receive(message: ToWebview): void {
  switch (message.type) {
    case 'settings':
      setTexts(message.texts, message.locale);
      columnChoice.value = message.columns;
      break;
    case 'reveal':
      view.value = message.view;
      break;
    case 'update':
      batch(() => {
        setClock(message.nowNs, message.ticking);
        take(message.sections, message.nowNs);
        loaded.value = true;
      });
      break;
  }
}

function take(sections: Partial<Sections>, atNs: number): void {
  if (sections.processes !== undefined) processes.value = sections.processes;
  if (sections.totals !== undefined) totals.value = sections.totals;
  if (sections.recording !== undefined) recording.value = sections.recording;
  if (sections.replay !== undefined) replay.value = sections.replay;
  if (sections.waiting !== undefined) waiting.value = sections.waiting;
  if (sections.overview !== undefined) {
    if (sections.overview?.key !== overview.value?.key) forgetProcess();
    overview.value = sections.overview;
    if (sections.overview !== null) noteRates(sections.overview);
  }
  if (sections.lag !== undefined) lagHistory.add(sections.lag);
  if (sections.tasks !== undefined) tasks.value = sections.tasks;
  if (sections.stepTotals !== undefined) stepSparks.take(sections.stepTotals, atNs);
  if (sections.recordedSteps !== undefined) stepSparks.show(sections.recordedSteps);
  if (sections.blocks !== undefined) blocks.value = sections.blocks;
  if (sections.trends !== undefined) trends.value = sections.trends;
  if (sections.executors !== undefined) executors.value = sections.executors;
  if (sections.backlogs !== undefined) backlogs.value = sections.backlogs;
  if (sections.findings !== undefined) findings.value = sections.findings;
  if (sections.graph !== undefined) graph.value = sections.graph;
  if (sections.timeline !== undefined) timelineHistory.add(sections.timeline);
  if (sections.details !== undefined) details.value = sections.details;
  if (sections.comparison !== undefined) comparison.value = sections.comparison;
  if (sections.remarks !== undefined) remarks.value = sections.remarks;
}

/** Ids mean nothing in another process. */
function forgetProcess(): void {
  selectedTask.value = null;
  question.value = null;
  wantedFinding.value = null;
  details.value = null;
  tasks.value = null;
  blocks.value = [];
  trends.value = { stretchNs: 1e9, trends: [] };
  executors.value = [];
  backlogs.value = [];
  findings.value = [];
  graph.value = null;
  openGroups.value = [];
}

/** Blocks and findings that were not muted. */
export const loudBlocks = computed(() => blocks.value.filter(({ id }) => !(id in remarks.value.mutedBlocks)));
export const loudFindings = computed(() => findings.value.filter(({ id }) => !(id in remarks.value.mutedFindings)));

/** True when the shown program can be asked for `command` now: it lives, and its runtime knows it. */
export function canAsk(command: string): boolean {
  const shown = overview.value;
  return shown !== null && shown.phase !== 'ended' && replay.value === null && shown.commands.includes(command);
}

/** The finding that is to be shown as soon as its view is on the screen, by its id; null once it is. */
export const wantedFinding = signal<number | null>(null);

/** Goes to a finding. */
export function showFinding(id: number): void {
  wantedFinding.value = id;
  view.value = 'findings';
}

/** What the person is asked about before it is done; null when nothing is. */
export const question = signal<ProgramAction | null>(null);

/** Asks the host to do something to the shown program. */
export function act(action: ProgramAction): void {
  const process = overview.value?.key;
  if (process !== undefined) post({ type: 'act', process, action });
}

/** Asks the host to apply the linter's fix for a place of the shown process. */
export function fixSite(site: number): void {
  const process = overview.value?.key;
  if (process !== undefined) post({ type: 'fix', process, site });
}

/** Asks the host to mute a row of the shown process, or to end that. */
export function mute(row: Mutable, isMuted: boolean): void {
  const process = overview.value?.key;
  if (process !== undefined) post({ type: isMuted ? 'mute' : 'unmute', process, what: row.what, id: row.id });
}

/** Asks the host to open a source place of the shown process. */
export function openSite(site: number): void {
  const process = overview.value?.key;
  if (process !== undefined) post({ type: 'open', process, site });
}
