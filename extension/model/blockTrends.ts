import { MAX_BLOCKS } from '../protocol/generated/constants';
import type { Block } from '../protocol/generated/types';
import { addHolds, emptySpread, type HoldSpread } from './holdSpread';

/** Stretches that a session is cut into at most: when it outgrows them, two become one. */
export const MAX_STRETCHES = 48;
const FIRST_STRETCH_NS = 1e9;

/** When a block held the loop: arrays of equal length, an entry for each stretch in which it did, oldest first. */
export interface BlockTrend {
  /** Id of the block. */
  readonly block: number;
  /** Numbers of the stretches, from 0. */
  readonly stretches: readonly number[];
  /** Holds that began in it. */
  readonly holds: readonly number[];
  /** Time held in it, in nanoseconds. */
  readonly heldNs: readonly number[];
  /** Holds before anybody looked, whose times are not known. */
  readonly untimed: number;
}

/** The trend of every block over the session, cut into stretches of equal length. */
export interface BlockTrendsView {
  /** The first stretch began when the runtime came in. */
  readonly stretchNs: number;
  readonly trends: readonly BlockTrend[];
}

interface History {
  readonly holds: Uint32Array;
  readonly heldNs: Float64Array;
  readonly spread: Uint32Array;
  untimed: number;
  count: number;
  totalNs: number;
}

/** Keeps when blocks held the loop, from the totals that updates carry. Bounded, whatever the length of the session. */
export class BlockTrends {
  private stretchNs = FIRST_STRETCH_NS;
  private readonly histories = new Map<number, History>();

  /**
   * Takes blocks as they are now in; what was told of one already is not counted twice.
   * @param fromSnapshot True when they may hold things that happened before anybody looked.
   */
  public take(blocks: Iterable<Block>, fromSnapshot: boolean): void {
    for (const block of blocks) {
      let history = this.histories.get(block.id);
      if (history === undefined) {
        if (this.histories.size >= MAX_BLOCKS) continue;
        history = emptyHistory();
        this.histories.set(block.id, history);
        if (fromSnapshot) {
          history.untimed = history.count = Math.max(0, block.count - 1);
          history.totalNs = Math.max(0, block.total_ns - block.last_ns);
        }
      }
      if (block.count > history.count) this.add(history, block);
    }
  }

  /** Takes the place of an empty one: what `other` knows by now. */
  public adopt(other: BlockTrends): void {
    this.stretchNs = other.stretchNs;
    for (const [id, history] of other.histories) {
      this.histories.set(id, {
        ...history,
        holds: history.holds.slice(),
        heldNs: history.heldNs.slice(),
        spread: history.spread.slice(),
      });
    }
  }

  /**
   * How long the holds of a block lasted. Of several that were told of at once the latest is known, and the others are
   * taken to have been equally long; those before anybody looked are left out.
   */
  public spread(block: number): HoldSpread {
    return [...(this.histories.get(block)?.spread ?? emptySpread())];
  }

  public view(): BlockTrendsView {
    const trends = [...this.histories].map(([block, { holds, heldNs, untimed }]): BlockTrend => {
      const stretches = [...heldNs.keys()].filter((stretch) => (heldNs[stretch] ?? 0) > 0);
      return {
        block,
        stretches,
        holds: stretches.map((stretch) => holds[stretch] ?? 0),
        heldNs: stretches.map((stretch) => heldNs[stretch] ?? 0),
        untimed,
      };
    });
    return { stretchNs: this.stretchNs, trends };
  }

  /** The latest hold lies where it was. Others that were told of with it came shortly before, and are put beside it. */
  private add(history: History, { count, total_ns, last_ns, last_at_ns }: Block): void {
    this.makeRoom(last_at_ns + last_ns);
    const others = count - history.count - 1;
    addHolds(history.spread, last_ns, 1);
    if (others > 0) addHolds(history.spread, Math.max(0, total_ns - history.totalNs - last_ns) / others, others);
    const first = Math.floor(last_at_ns / this.stretchNs);
    put(history.holds, first, count - history.count);
    put(history.heldNs, first, Math.max(0, total_ns - history.totalNs - last_ns));
    for (let stretch = first; stretch * this.stretchNs < last_at_ns + last_ns; stretch++) {
      const from = Math.max(last_at_ns, stretch * this.stretchNs);
      const to = Math.min(last_at_ns + last_ns, (stretch + 1) * this.stretchNs);
      put(history.heldNs, stretch, to - from);
    }
    history.count = count;
    history.totalNs = total_ns;
  }

  private makeRoom(untilNs: number): void {
    while (untilNs > this.stretchNs * MAX_STRETCHES) {
      this.stretchNs *= 2;
      for (const { holds, heldNs } of this.histories.values()) {
        halve(holds);
        halve(heldNs);
      }
    }
  }
}

function emptyHistory(): History {
  return {
    holds: new Uint32Array(MAX_STRETCHES),
    heldNs: new Float64Array(MAX_STRETCHES),
    spread: emptySpread(),
    untimed: 0,
    count: 0,
    totalNs: 0,
  };
}

function put(column: Uint32Array | Float64Array, index: number, amount: number): void {
  column[index] = (column[index] ?? 0) + amount;
}

/** Two become one. */
function halve(column: Uint32Array | Float64Array): void {
  for (let index = 0; index < MAX_STRETCHES; index++) {
    column[index] = (column[2 * index] ?? 0) + (column[2 * index + 1] ?? 0);
  }
}
