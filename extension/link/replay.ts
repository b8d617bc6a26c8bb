/** A recording as a process to look at, at any moment of it. */
import { open, type FileHandle } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ProcessModel, type SessionsQueries } from '../model';
import { BlockTrends } from '../model/blockTrends';
import {
  FRAME_KIND_JSON,
  FrameDecoder,
  ProtocolError,
  decodeFromRuntime,
  decodePacked,
  type FromRuntime,
  type Hello,
  type Site,
  type Update,
} from '../protocol';
import { HISTORY_SECONDS } from '../protocol/webview-messages';
import { expectHello } from './recording';
import { t } from '../protocol/language';

const KEY = 'recording';
const NS_PER_MS = 1e6;
const READ_BYTES = 256 * 1024;
/** The longest the reader works before it lets others have a turn, in ms; one frame is not cut in two for it. */
const SLICE_MS = 5;
/** How far before a moment a replay begins, so that the lag chart and the timeline have their past. */
const PAST_NS = (HISTORY_SECONDS + 5) * 1e9;
/** Bytes between checkpoints at first; doubled whenever there are too many of them. */
const CHECKPOINT_BYTES = 1 << 20;
const MAX_CHECKPOINTS = 64;
/** Records that all checkpoints together may keep alive. */
const MAX_CHECKPOINT_RECORDS = 300_000;
/** Tasks in a part of a checkpoint that is taken in at once. */
const PART_TASKS = 2_000;
/** Moments of blocks kept for the scrubber; the shortest are given up first. */
const MAX_BLOCKS_SHOWN = 1000;

/** A block as the scrubber shows it. */
export interface ReplayBlock {
  readonly atNs: number;
  readonly durationNs: number;
}

interface Checkpoint {
  readonly timeNs: number;
  /** Where the next frame begins, in bytes. */
  readonly offset: number;
  readonly snapshot: Update | null;
  readonly notices: ReturnType<ProcessModel['overview']>['notices'];
  readonly trends: BlockTrends;
  readonly records: number;
}

/** How far a replay has come. */
interface Position {
  readonly model: ProcessModel;
  offset: number;
  timeNs: number;
}

/** Told of every update after it was taken in, while the past of the moment asked for is read. */
export interface ReplayWatcher {
  /** A replay begins anew with this model, at `now` ms of its clock. */
  begin(model: ProcessModel, now: number): void;
  /** The model has taken a message in, at `now` ms of its clock, on the way to the moment `targetNs`. */
  taken(now: number, targetNs: number, message: FromRuntime): void;
}

/**
 * Reads a recording once to learn how long it is, and from then on shows any moment of it: what the model knew then.
 * A moment is reached from the checkpoint before it, in slices of {@link SLICE_MS} ms.
 *
 * It is read as far as it is good: what is wrong after that is told in {@link problem}.
 */
export class RecordingReplay implements SessionsQueries {
  /** What is wrong with the file and at which byte; null when nothing is. */
  public problem: string | null = null;
  public fromNs = -1;
  public toNs = 0;
  /** The moment asked for last. */
  public atNs = 0;
  /** True while it is on its way. */
  public isSeeking = false;
  /** When blocks began, oldest first. */
  public blocks: readonly ReplayBlock[] = [];
  public readonly launches = [];
  private readonly checkpoints: Checkpoint[] = [];
  private checkpointBytes = CHECKPOINT_BYTES;
  private lastCheckpointAt = 0;
  private readonly blocksFound = new Map<string, ReplayBlock>();
  private position: Position | null = null;
  private endOffset = 0;
  private wish = 0;

  private constructor(
    private readonly handle: FileHandle,
    private readonly hello: Hello,
    private readonly watcher: ReplayWatcher,
  ) {}

  /**
   * Opens a recording and reads it through; shows nothing yet.
   *
   * @throws ProtocolError when it is no recording or one of another protocol; Error when it cannot be read.
   */
  public static async open(file: string, watcher: ReplayWatcher): Promise<RecordingReplay> {
    const handle = await open(file, 'r');
    try {
      const hello = await readHello(handle);
      const replay = new RecordingReplay(handle, hello.hello, watcher);
      await replay.survey(hello.offset);
      return replay;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Ends a search that goes on, and lets go of the file. */
  public async close(): Promise<void> {
    this.wish++;
    await this.handle.close();
  }

  /** A clock that stands at the moment shown, for the model's queries, in ms. On the way to a moment it stands there. */
  public now(): number {
    return (this.isSeeking ? (this.position?.timeNs ?? 0) : this.atNs) / NS_PER_MS;
  }

  /**
   * Shows the moment `timeNs`, or the nearest there is. A later call takes the place of one that is still going on.
   *
   * @returns false when another call has taken its place.
   */
  public async seek(timeNs: number): Promise<boolean> {
    const wish = ++this.wish;
    const target = Math.min(Math.max(timeNs, this.fromNs), this.toNs);
    const isGivenUp = (): boolean => wish !== this.wish;
    this.atNs = target;
    this.isSeeking = true;
    const start = await this.startFor(target, isGivenUp);
    if (start === null) return false;
    this.position = start;
    const reached = await this.read(start, target, isGivenUp, {
      taken: (message) => this.watcher.taken(start.timeNs / NS_PER_MS, target, message),
    });
    if (!reached) return false;
    this.isSeeking = false;
    start.model.tick(this.now());
    return true;
  }

  public get processes(): readonly ProcessModel[] {
    return this.position === null ? [] : [this.position.model];
  }

  public get current(): ProcessModel | undefined {
    return this.position?.model;
  }

  public get(key: string): ProcessModel | undefined {
    return key === KEY ? this.position?.model : undefined;
  }

  public subscribe(): () => void {
    return () => undefined;
  }

  /** A recording holds every step already. */
  public lookAt(): void {
    // Nobody is there to be told.
  }

  public awaitStack(): Promise<readonly Site[]> {
    return Promise.reject(new Error(t('A recording holds no await stacks: they are asked of a program that runs.')));
  }

  public locals(): Promise<never> {
    return Promise.reject(new Error(t('A recording holds no variables: they are asked of a program that is held.')));
  }

  private get isSurveyed(): boolean {
    return this.endOffset > 0;
  }

  /** Reads the whole file: its end, checkpoints, when blocks were, what is wrong with it. */
  private async survey(offset: number): Promise<void> {
    const start: Position = { model: this.newModel(0), offset, timeNs: 0 };
    this.checkpoints.push({ timeNs: 0, offset, snapshot: null, notices: [], trends: new BlockTrends(), records: 0 });
    this.lastCheckpointAt = offset;
    await this.read(start, Infinity, () => false, {
      taken: (message) => {
        if (message.type === 'update') {
          if (this.fromNs < 0) this.fromNs = message.time_ns;
          this.noteBlocks(message);
        }
        this.maybeCheckpoint(start);
      },
    });
    this.endOffset = start.offset;
    this.fromNs = Math.max(0, this.fromNs);
    this.toNs = Math.max(this.fromNs, start.timeNs);
    this.blocks = longest([...this.blocksFound.values()]).sort((a, b) => a.atNs - b.atNs);
    this.blocksFound.clear();
  }

  /**
   * Where to begin for a moment: where the last one stopped, when that is nearer than a checkpoint.
   *
   * @returns null when it was given up.
   */
  private async startFor(target: number, isGivenUp: () => boolean): Promise<Position | null> {
    const checkpoint = this.checkpoints.findLast(({ timeNs }) => timeNs <= Math.max(0, target - PAST_NS));
    const { position } = this;
    if (position !== null && position.timeNs <= target) {
      if (checkpoint === undefined || checkpoint.timeNs <= position.timeNs) return position;
    }
    const model = this.newModel((checkpoint?.timeNs ?? 0) / NS_PER_MS);
    if (checkpoint !== undefined) model.trends.adopt(checkpoint.trends);
    let sliceBegan = performance.now();
    for (const part of checkpoint?.snapshot ? partsOf(checkpoint.snapshot) : []) {
      model.update(part, (checkpoint?.timeNs ?? 0) / NS_PER_MS);
      if (performance.now() - sliceBegan < SLICE_MS) continue;
      await nextTurn();
      if (isGivenUp()) return null;
      sliceBegan = performance.now();
    }
    for (const notice of checkpoint?.notices ?? []) model.notice(notice);
    this.watcher.begin(model, (checkpoint?.timeNs ?? 0) / NS_PER_MS);
    return { model, offset: checkpoint?.offset ?? 0, timeNs: checkpoint?.timeNs ?? 0 };
  }

  private newModel(now: number): ProcessModel {
    return new ProcessModel(KEY, this.hello, now);
  }

  /** Takes messages in until the first that is later than `untilNs`. @returns false when it was given up. */
  private async read(
    position: Position,
    untilNs: number,
    isGivenUp: () => boolean,
    on: { taken(message: FromRuntime): void },
  ): Promise<boolean> {
    const decoder = new FrameDecoder();
    const begin = position.offset;
    let readTo = begin;
    let sliceBegan = performance.now();
    for (;;) {
      const wanted = this.isSurveyed ? Math.min(READ_BYTES, this.endOffset - readTo) : READ_BYTES;
      const chunk = new Uint8Array(Math.max(0, wanted));
      const { bytesRead } = wanted > 0 ? await this.handle.read(chunk, 0, wanted, readTo) : { bytesRead: 0 };
      if (isGivenUp()) return false;
      if (bytesRead === 0) {
        if (!this.isSurveyed && decoder.pendingBytes > 0) {
          this.problem = t(
            'The recording breaks off at byte {0}, in the middle of a frame that begins at byte {1}; it is shown up to its last whole frame.',
            readTo,
            position.offset,
          );
        }
        return true;
      }
      readTo += bytesRead;
      try {
        for (const frame of decoder.push(chunk.subarray(0, bytesRead))) {
          if (frame.kind === FRAME_KIND_JSON) {
            const message = decodeFromRuntime(frame.payload);
            if ('time_ns' in message && message.time_ns > untilNs) return true;
            take(position, message);
            position.offset = begin + decoder.offset;
            on.taken(message);
          } else {
            position.model.packed(decodePacked(frame.payload));
            position.offset = begin + decoder.offset;
          }
          if (performance.now() - sliceBegan < SLICE_MS) continue;
          await nextTurn();
          if (isGivenUp()) return false;
          sliceBegan = performance.now();
        }
      } catch (error) {
        if (!(error instanceof ProtocolError) || this.isSurveyed) throw error;
        const reason = error.message.replace(/^Byte \d+: /u, '');
        this.problem = t('The recording is damaged at byte {0}, and shown up to there: {1}', position.offset, reason);
        return true;
      }
    }
  }

  private maybeCheckpoint(position: Position): void {
    if (position.offset - this.lastCheckpointAt < this.checkpointBytes || !position.model.isComplete) return;
    if (position.model.isEnded) return;
    this.lastCheckpointAt = position.offset;
    const snapshot = position.model.snapshot();
    const { sites = [], tasks = [], blocks = [] } = snapshot;
    const trends = new BlockTrends();
    trends.adopt(position.model.trends);
    this.checkpoints.push({
      timeNs: position.timeNs,
      offset: position.offset,
      snapshot,
      notices: position.model.overview(position.timeNs / NS_PER_MS).notices,
      trends,
      // A block keeps its trend alive too, which is as large as some records.
      records: sites.length + tasks.length + 4 * blocks.length,
    });
    const records = this.checkpoints.reduce((sum, checkpoint) => sum + checkpoint.records, 0);
    if (this.checkpoints.length <= MAX_CHECKPOINTS && records <= MAX_CHECKPOINT_RECORDS) return;
    this.checkpointBytes *= 2;
    const kept = this.checkpoints.filter((_, index) => index % 2 === 0);
    this.checkpoints.splice(0, this.checkpoints.length, ...kept);
  }

  private noteBlocks(update: Update): void {
    for (const block of update.blocks ?? []) {
      this.blocksFound.set(`${block.loop} ${block.last_at_ns}`, {
        atNs: block.last_at_ns,
        durationNs: block.last_ns,
      });
    }
    if (this.blocksFound.size <= 2 * MAX_BLOCKS_SHOWN) return;
    const kept = new Set(longest([...this.blocksFound.values()]));
    for (const [key, block] of this.blocksFound) if (!kept.has(block)) this.blocksFound.delete(key);
  }
}

/** A snapshot in parts that are quickly taken in, the last with the number of the whole. */
function* partsOf(snapshot: Update): Generator<Update> {
  const { type, time_ns, dropped, overhead_ns, tasks = [] } = snapshot;
  const last = Math.max(0, Math.ceil(tasks.length / PART_TASKS) - 1);
  for (let part = 0; part <= last; part++) {
    yield {
      ...(part === 0 ? snapshot : { type, time_ns, dropped, overhead_ns }),
      seq: snapshot.seq - (last - part),
      snapshot: true,
      partial: part < last,
      tasks: tasks.slice(part * PART_TASKS, (part + 1) * PART_TASKS),
    };
  }
}

function longest(blocks: ReplayBlock[]): ReplayBlock[] {
  return blocks.sort((a, b) => b.durationNs - a.durationNs).slice(0, MAX_BLOCKS_SHOWN);
}

function take(position: Position, message: FromRuntime): void {
  const { model } = position;
  if (message.type === 'update') {
    position.timeNs = Math.max(position.timeNs, message.time_ns);
    model.update(message, position.timeNs / NS_PER_MS);
  } else if (message.type === 'notice') {
    model.notice(message);
  } else if (message.type === 'bye') {
    position.timeNs = Math.max(position.timeNs, message.time_ns);
    model.bye(message, position.timeNs / NS_PER_MS);
  } else if (message.type === 'auth' || message.type === 'hello' || message.type === 'refuse') {
    throw new ProtocolError(t('a message of type “{0}” does not belong there.', message.type));
  }
}

/** The first frame, and where the second begins. */
async function readHello(handle: FileHandle): Promise<{ readonly hello: Hello; readonly offset: number }> {
  const decoder = new FrameDecoder();
  for (let readTo = 0; ;) {
    const chunk = new Uint8Array(READ_BYTES);
    const { bytesRead } = await handle.read(chunk, 0, READ_BYTES, readTo);
    if (bytesRead === 0) {
      throw new ProtocolError(
        readTo === 0
          ? t('The file is empty; it is not a Loopscope recording.')
          : t(
              'The file breaks off at byte {0}, before its first frame is whole; it is not a Loopscope recording.',
              readTo,
            ),
      );
    }
    readTo += bytesRead;
    for (const frame of decoder.push(chunk.subarray(0, bytesRead))) {
      if (frame.kind !== FRAME_KIND_JSON) {
        throw new ProtocolError(t('Byte 0: a recording begins with “hello”; this one begins with a packed batch.'));
      }
      return { hello: expectHello(decodeFromRuntime(frame.payload)), offset: decoder.offset };
    }
  }
}
