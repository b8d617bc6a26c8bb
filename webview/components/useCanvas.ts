/** A canvas that is as sharp as the screen, redrawn when its size, the theme or its data change, and while it moves. */
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { isTicking } from '../clock';
import { reducedMotion, themeRevision } from '../theme';

/** Draws into a context whose unit is one CSS pixel. */
export type Draw = (context: CanvasRenderingContext2D, width: number, height: number) => void;

const CALM_FRAME_MS = 500;

/**
 * Keeps a canvas drawn.
 * @param draw read anew for every frame.
 * @param frameMs time between frames while the process lives, in milliseconds (500 at least with reduced motion); null
 *   draws only what changed.
 */
export function useCanvas(draw: Draw, frameMs: number | null): RefObject<HTMLCanvasElement | null> {
  const reference = useRef<HTMLCanvasElement>(null);
  const latest = useRef(draw);
  latest.current = draw;
  const paint = useRef<() => void>(() => undefined);

  useEffect(() => {
    const canvas = reference.current;
    const context = canvas?.getContext('2d');
    if (canvas === null || context === null || context === undefined) return undefined;
    let frame = 0;
    let last = 0;
    const now = (): void => {
      const width = canvas.clientWidth;
      const height = canvas.clientHeight;
      const ratio = window.devicePixelRatio;
      if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
      }
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      latest.current(context, width, height);
    };
    paint.current = now;
    const loop = (time: number): void => {
      frame = requestAnimationFrame(loop);
      if (!isTicking() || time - last < (reducedMotion() ? CALM_FRAME_MS : (frameMs ?? 0))) return;
      last = time;
      now();
    };
    if (frameMs !== null) frame = requestAnimationFrame(loop);
    const resize = new ResizeObserver(now);
    resize.observe(canvas);
    const unsubscribe = themeRevision.subscribe(now);
    return () => {
      cancelAnimationFrame(frame);
      resize.disconnect();
      unsubscribe();
    };
  }, [frameMs]);

  useEffect(() => {
    paint.current();
  });
  return reference;
}
