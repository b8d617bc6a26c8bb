/**
 * What the editor of a recording and the worker that reads it say to each other: {@link ToReplay} and
 * {@link FromReplay}. The worker holds the model; only what a page shows crosses, so that neither reading a long
 * recording nor collecting what that leaves behind keeps the extension host from other work.
 */
import type { Moment } from '../../model';
import type { Mutable, UpdateMessage, Want } from '../../protocol/webview-messages';
import type { Hold } from '../panel-remarks';

/** What the worker is started with. */
export interface ReplayData {
  readonly file: string;
  /** Sentences in the viewer's language, by the English ones; what is not in it stays English. */
  readonly sentences: Readonly<Record<string, string>>;
}

/** A lookup, as in `Lookups`. */
export type Question =
  | { readonly what: 'site'; readonly process: string; readonly site: number }
  | { readonly what: 'hold'; readonly process: string; readonly site: number }
  | { readonly what: 'fingerprint'; readonly process: string; readonly row: Mutable }
  /** Answered when the recording is open. */
  | { readonly what: 'moment'; readonly title: string | null };

export type ToReplay =
  /** A page is there: send it what it wants, from the beginning. */
  | { readonly type: 'feed'; readonly want: Want; readonly baseline: Moment | null }
  | { readonly type: 'want'; readonly want: Want }
  /** The page is gone or hidden. */
  | { readonly type: 'leave' }
  | { readonly type: 'compare'; readonly baseline: Moment | null }
  | { readonly type: 'seek'; readonly timeNs: number }
  /** All that is muted: fingerprints and reasons. */
  | { readonly type: 'mutes'; readonly reasons: readonly (readonly [fingerprint: string, reason: string])[] }
  /** Fixes may have come or gone. */
  | { readonly type: 'fixes' }
  /** What the fix for a hold would do, which was asked for; null when there is none. */
  | { readonly type: 'title'; readonly key: string; readonly title: string | null }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question };

export type FromReplay =
  | { readonly type: 'update'; readonly update: UpdateMessage }
  /** Asks what the fix for a hold would do. */
  | { readonly type: 'hold'; readonly key: string; readonly hold: Hold }
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly reason: string };
