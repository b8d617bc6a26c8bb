/** The part of time the timeline shows, and how zooming and panning change it. */

/** Nanoseconds shown, and where they end; `endNs` null follows the process's clock. */
export interface Span {
  readonly widthNs: number;
  readonly endNs: number | null;
}

/** The span the timeline opens with. */
export const FIRST_SPAN: Span = { widthNs: 20e9, endNs: null };
const NARROWEST_NS = 5e6;
const WIDEST_NS = 60e9;

/** Zooms by `factor` (below 1 shows less) around `share`, 0 the left edge and 1 the right one. Live stays live. */
export function zoom(span: Span, factor: number, share: number, nowNs: number): Span {
  const widthNs = Math.min(WIDEST_NS, Math.max(NARROWEST_NS, span.widthNs * factor));
  if (span.endNs === null) return { widthNs, endNs: null };
  const point = span.endNs - (1 - share) * span.widthNs;
  return bounded({ widthNs, endNs: point + (1 - share) * widthNs }, nowNs);
}

/** Moves by `share` of what is shown, to the left when negative. Reaching now follows it. */
export function pan(span: Span, share: number, nowNs: number): Span {
  return bounded({ widthNs: span.widthNs, endNs: (span.endNs ?? nowNs) + share * span.widthNs }, nowNs);
}

function bounded(span: { widthNs: number; endNs: number }, nowNs: number): Span {
  if (span.endNs >= nowNs) return { widthNs: span.widthNs, endNs: null };
  return { widthNs: span.widthNs, endNs: Math.max(span.endNs, nowNs - WIDEST_NS + span.widthNs, span.widthNs) };
}

/** Distance between two marks on the axis, in nanoseconds: 1, 2 or 5 times a power of ten, about eight on the screen. */
export function tickNs(widthNs: number): number {
  const rough = widthNs / 8;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10;
  return step * power;
}
