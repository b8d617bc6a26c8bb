/** A flame of the stacks that held the loop, each frame as wide as its share of the time. */
import type { JSX } from 'preact';
import type { BlockView } from '../../extension/model/queries';
import { flameFrames } from '../flameTree';
import { duration, functionLabel, placeLabel } from '../format';
import { openSite } from '../store';

const FRAME_HEIGHT = 20;

/** The flame, outermost frame on top; a frame opens its line. */
export function Flame({ blocks }: { readonly blocks: readonly BlockView[] }): JSX.Element {
  const { frames, depth } = flameFrames(blocks);
  return (
    <div class="flame" style={{ height: `${String(depth * FRAME_HEIGHT)}px` }}>
      {frames.map((frame, index) => (
        <button
          key={index}
          type="button"
          class={frame.site.user ? 'flame-user' : 'flame-library'}
          title={`${functionLabel(frame.site.function)} · ${placeLabel(frame.site)} · ${duration(frame.totalNs)}`}
          style={{
            left: `${String(frame.from * 100)}%`,
            width: `${String(frame.width * 100)}%`,
            top: `${String(frame.depth * FRAME_HEIGHT)}px`,
          }}
          onClick={() => openSite(frame.site.id)}
        >
          {functionLabel(frame.site.function)}
        </button>
      ))}
    </div>
  );
}
