import type { SessionsQueries } from '../model';
import { PanelFeed, type Surroundings } from './panel-feed';
import type { FeedStart, PageFeed } from './panel-page';
import type { TimelineRecorder } from './panel-timeline';

/**
 * Feeds a page from sessions of this thread.
 *
 * @param timelines Recorders by process key, which outlive the page.
 */
export function localFeed(
  sessions: SessionsQueries,
  timelines: ReadonlyMap<string, TimelineRecorder>,
  surroundings: Omit<Surroundings, 'baseline'>,
  { want, baseline: first, send, changed }: FeedStart,
): PageFeed {
  let baseline = first;
  const feed = new PanelFeed(sessions, timelines, want, changed, { ...surroundings, baseline: () => baseline });
  return {
    get process() {
      return feed.process?.key ?? null;
    },
    setWant: (other) => feed.setWant(other),
    compareWith: (moment) => (baseline = moment),
    flush: () => {
      const update = feed.update(performance.now());
      if (update !== null) send(update);
    },
    dispose: () => feed.dispose(),
  };
}
