import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { aBlock, aHello, aLoop, anExecutor, anUpdate, aSite, aTask } from '../model/testing';
import { Sessions } from '../model';
import type { Wait } from '../protocol/generated/types';
import type { UpdateMessage, Want } from '../protocol/webview-messages';
import { PanelFeed, waitingFor } from './panel-feed';
import { TimelineRecorder } from './panel-timeline';

const WINDOW = { offset: 0, count: 50, sort: 'id', descending: false, filter: '', grouping: null, open: [] } as const;
const NOW: Want = { view: 'now', process: null, tasks: WINDOW, task: null };

function live(awaitStack: () => Promise<never[]> = () => Promise.resolve([])) {
  const sessions = new Sessions();
  const model = sessions.add(aHello(), { awaitStack }, 0);
  model.update(
    anUpdate(1, {
      snapshot: true,
      time_ns: 10e9,
      sites: [aSite(1)],
      loops: [aLoop(1)],
      tasks: [aTask(1), aTask(2), aTask(3, { coroutine: 'reader' })],
      lag: [{ loop: 1, time_ns: 9e9, lag_ms: 1, open: false }],
    }),
    0,
  );
  return { sessions, model };
}

function names(message: UpdateMessage | null): string[] {
  return message === null ? [] : Object.keys(message.sections).sort();
}

describe('PanelFeed', () => {
  it('sends a snapshot first, and nothing while nothing changes', () => {
    const { sessions } = live();
    const feed = new PanelFeed(sessions, new Map(), NOW, () => undefined);
    const first = feed.update(0);
    assert.deepEqual(names(first), [
      'blocks',
      'details',
      'executors',
      'lag',
      'overview',
      'processes',
      'tasks',
      'waiting',
    ]);
    assert.ok(first);
    assert.equal(first.nowNs, 10e9);
    assert.equal(first.ticking, true);
    assert.equal(feed.update(50), null);
  });

  it('sends everything again when another moment of the same process is shown', () => {
    const { sessions } = live();
    const feed = new PanelFeed(sessions, new Map(), NOW, () => undefined);
    const first = feed.update(0);
    assert.equal(feed.update(0), null);
    feed.resend();
    const again = feed.update(0);
    assert.deepEqual(names(again), names(first));
    assert.equal(again?.sections.lag?.reset, true);
  });

  it('tells of a recording when it begins and when it ends, and that the clock of one looked at stands', () => {
    const { sessions } = live();
    const recording = { process: '1', title: 'api.py', file: '/a.loopscope', fromNs: 3 };
    const replay = { fromNs: 0, toNs: 10e9, atNs: 5e9, seeking: false, blocks: [], problem: null };
    const surroundings = { recording: () => recording as typeof recording | null };
    const feed = new PanelFeed(sessions, new Map(), NOW, () => undefined, surroundings);
    assert.deepEqual(feed.update(0)?.sections.recording, recording);
    assert.equal(feed.update(0), null);
    surroundings.recording = () => null;
    assert.deepEqual(feed.update(0)?.sections, { recording: null });
    const other = new PanelFeed(sessions, new Map(), NOW, () => undefined, { replay: () => replay });
    const update = other.update(0);
    assert.deepEqual(update?.sections.replay, replay);
    assert.equal(update.ticking, false);
  });

  it('sums up the live processes while there are several', () => {
    const { sessions } = live();
    const feed = new PanelFeed(sessions, new Map(), NOW, () => undefined);
    assert.equal(feed.update(0)?.sections.totals, undefined);
    const port = { awaitStack: () => Promise.resolve([]) };
    const second = sessions.add(aHello({ session: 'x', process: { ...aHello().process, argv: ['b.py'] } }), port, 0);
    assert.deepEqual(feed.update(0)?.sections.totals, {
      live: 2,
      tasks: 0,
      blocks: 0,
      findings: 0,
      longestLagMs: 3,
    });
    second.bye({ type: 'bye', reason: 'exit', time_ns: 1 }, 0);
    assert.equal(feed.update(0)?.sections.totals, null);
  });

  it('lists a worker behind the process that started it', () => {
    const { sessions } = live();
    const { process } = aHello();
    for (const [pid, parent_pid] of [
      [501, process.pid],
      [77, 1],
    ] as const) {
      sessions.add(aHello({ process: { ...process, pid, parent_pid } }), { awaitStack: () => Promise.resolve([]) }, 0);
    }
    const feed = new PanelFeed(sessions, new Map(), NOW, () => undefined);
    assert.deepEqual(
      feed.update(0)?.sections.processes?.map(({ pid, depth }) => [pid, depth]),
      [
        [77, 0],
        [process.pid, 0],
        [501, 1],
      ],
    );
  });

  it('sends only what the open view shows', () => {
    const { sessions } = live();
    const feed = new PanelFeed(sessions, new Map(), { ...NOW, view: 'executors', tasks: null }, () => undefined);
    const expected = ['backlogs', 'details', 'executors', 'overview', 'processes', 'waiting'];
    assert.deepEqual(names(feed.update(0)), expected);
  });

  it('sends the sections whose revision changed', () => {
    const { sessions, model } = live();
    const feed = new PanelFeed(sessions, new Map(), NOW, () => undefined);
    feed.update(0);
    model.update(anUpdate(2, { time_ns: 10.1e9, blocks: [aBlock(1)] }), 100);
    assert.deepEqual(names(feed.update(100)), ['blocks', 'overview']);
  });

  it('sends each closed probe once and an open one until it ran', () => {
    const { sessions, model } = live();
    const feed = new PanelFeed(sessions, new Map(), NOW, () => undefined);
    const points = (message: UpdateMessage | null): unknown => message?.sections.lag;
    assert.deepEqual(points(feed.update(0)), { reset: true, loop: [1], timeNs: [9e9], lagMs: [1], open: [0] });
    model.update(anUpdate(2, { time_ns: 10.3e9, lag: [{ loop: 1, time_ns: 10.1e9, lag_ms: 200, open: true }] }), 300);
    assert.deepEqual(points(feed.update(300)), { reset: false, loop: [1], timeNs: [10.1e9], lagMs: [200], open: [1] });
    model.update(anUpdate(3, { time_ns: 10.6e9, lag: [{ loop: 1, time_ns: 10.1e9, lag_ms: 450, open: false }] }), 600);
    assert.deepEqual(points(feed.update(600)), { reset: false, loop: [1], timeNs: [10.1e9], lagMs: [450], open: [0] });
    model.update(anUpdate(4, { time_ns: 10.7e9 }), 700);
    assert.equal(points(feed.update(700)), undefined);
  });

  it('answers a window of the grouped table: heads, and the tasks of open groups', () => {
    const { sessions } = live();
    const want: Want = { ...NOW, view: 'tasks', tasks: { ...WINDOW, grouping: 'coroutine', open: ['worker'] } };
    const feed = new PanelFeed(sessions, new Map(), want, () => undefined);
    const rows = feed.update(0)?.sections.tasks;
    const words = rows?.rows.map((row) =>
      row.type === 'group' ? `${row.group.label} ${String(row.group.count)}` : row.task.name,
    );
    assert.deepEqual(words, ['worker 2', 'Task-1', 'Task-2', 'reader 1']);
    assert.equal(rows?.rowCount, 4);
    feed.setWant({ ...want, tasks: { ...WINDOW, grouping: 'coroutine', open: ['worker'], offset: 2, count: 1 } });
    const window = feed.update(10)?.sections.tasks;
    assert.deepEqual([window?.offset, window?.rows.length, window?.rowCount], [2, 1, 4]);
  });

  it('follows the chosen process, and falls back to the newest when that one is gone', () => {
    const { sessions, model } = live();
    const other = sessions.add(
      { ...aHello(), process: { ...aHello().process, pid: 5, argv: ['other.py'] } },
      { awaitStack: () => Promise.resolve([]) },
      0,
    );
    const feed = new PanelFeed(sessions, new Map(), { ...NOW, process: model.key }, () => undefined);
    assert.equal(feed.update(0)?.sections.overview?.key, model.key);
    model.disconnected(10);
    sessions.forgetEnded();
    assert.equal(feed.update(20)?.sections.overview?.key, other.key);
  });

  it('stops the clock when the program has ended', () => {
    const { sessions, model } = live();
    const feed = new PanelFeed(sessions, new Map(), NOW, () => undefined);
    feed.update(0);
    model.bye({ type: 'bye', reason: 'exit', time_ns: 11e9 }, 1000);
    const message = feed.update(5000);
    assert.deepEqual([message?.ticking, message?.nowNs], [false, 11e9]);
  });

  it('asks the program for the await stack of the chosen task and says when it cannot be had', async () => {
    const { sessions } = live(() => Promise.reject(new Error('The program did not answer.')));
    const arrived = new Promise<void>((resolve) => {
      const feed = new PanelFeed(sessions, new Map(), { ...NOW, task: 1 }, () => {
        assert.equal(feed.update(1)?.sections.details?.awaitStackError, 'The program did not answer.');
        resolve();
      });
      assert.equal(feed.update(0)?.sections.details?.awaitStack, null);
    });
    await arrived;
  });
});

describe('what the panel says without a process', () => {
  it('goes by the newest launch', () => {
    const sessions = new Sessions();
    assert.deepEqual(waitingFor(sessions), { reason: 'no-program', detail: '' });
    sessions.beginLaunch('a', 'g', 'app.py');
    assert.deepEqual(waitingFor(sessions), { reason: 'connecting', detail: 'app.py' });
    sessions.failLaunch('a', 'no-python', 'Looked everywhere.');
    assert.deepEqual(waitingFor(sessions), { reason: 'no-python', detail: 'Looked everywhere.' });
  });
});

describe('TimelineRecorder', () => {
  it('keeps waits, blocks and jobs with their own times, and closes them', () => {
    const { model } = live();
    const recorder = new TimelineRecorder(model);
    const job = {
      id: 9,
      function: 'fetch',
      site: 1,
      task: 1,
      state: 'running',
      submitted_ns: 9.2e9,
      started_ns: 9.5e9,
      worker: 'asyncio_0',
    } as const;
    const wait: Wait = {
      kind: 'job',
      label: 'job fetch',
      since_ns: 9.2e9,
      object: null,
      until_ns: null,
      tasks: [],
      executor: 1,
    };
    model.update(
      anUpdate(2, { time_ns: 10e9, tasks: [aTask(1, { wait })], executors: [anExecutor(1, { jobs: [job] })] }),
      100,
    );
    recorder.sample(100);
    const first = recorder.since(-1);
    assert.ok(first);
    const slice = (key: string) => recorder.since(-1)?.section.slices.find((candidate) => candidate.key === key);
    assert.deepEqual(
      first.section.lanes.map((lane) => lane.label),
      ['MainThread', 'Task-1', 'Task-2', 'Task-3', 'asyncio_0'],
    );
    assert.deepEqual(
      [slice('j9')?.fromNs, slice('j9')?.toNs, slice('q9')?.fromNs, slice('q9')?.toNs],
      [9.5e9, null, 9.2e9, 9.5e9],
    );
    assert.equal(slice(`t1 ${String(9.2e9)} job`)?.target, 'w1 asyncio_0');

    const sleep: Wait = { ...wait, kind: 'sleep', label: 'sleep 1.0 s', since_ns: 10.4e9, executor: null };
    const block = aBlock(1, { last_at_ns: 10.1e9, last_ns: 0.25e9 });
    model.update(
      anUpdate(3, {
        time_ns: 10.5e9,
        tasks: [aTask(1, { wait: sleep })],
        executors: [anExecutor(1, { jobs: [] })],
        blocks: [block],
      }),
      600,
    );
    recorder.sample(600);
    assert.equal(slice(`t1 ${String(9.2e9)} job`)?.toNs, 10.4e9);
    assert.equal(slice('j9')?.toNs, 10.5e9);
    assert.deepEqual([slice(`b1 ${String(10.1e9)}`)?.fromNs, slice(`b1 ${String(10.1e9)}`)?.toNs], [10.1e9, 10.35e9]);
    const news = recorder.since(first.revision)?.section;
    assert.equal(news?.reset, false);
    assert.ok(
      news.slices.every((candidate) => candidate.lane !== 't2'),
      'what did not change is not sent again',
    );
  });
});
