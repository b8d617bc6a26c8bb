/** Durations, shares and names as people read them. */
import type { Site } from '../extension/protocol/generated/types';

/**
 * A duration in at most three digits and its unit, such as `412 ms`, `3.9 s`, `2 min 14 s`.
 * @param ns nanoseconds; below zero counts as zero.
 */
export function duration(ns: number): string {
  const ms = Math.max(0, ns) / 1e6;
  if (ms < 1) return ms < 0.001 ? '0 ms' : `${digits(ms * 1000)} µs`;
  if (ms < 999.5) return `${digits(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${(Math.floor(seconds * 10) / 10).toFixed(1)} s`;
  const whole = Math.floor(seconds);
  if (whole < 3600) return `${String(Math.floor(whole / 60))} min ${String(whole % 60)} s`;
  return `${String(Math.floor(whole / 3600))} h ${String(Math.floor((whole % 3600) / 60))} min`;
}

/** A duration given in milliseconds; a dash when there is none. */
export function milliseconds(ms: number | null): string {
  return ms === null ? '–' : duration(ms * 1e6);
}

/** Whole seconds, for what ticks: `3 s`, `2 min 14 s`; milliseconds below one second. */
export function age(ns: number): string {
  const seconds = Math.max(0, ns) / 1e9;
  if (seconds < 1) return '< 1 s';
  return seconds < 60 ? `${String(Math.floor(seconds))} s` : duration(Math.floor(seconds) * 1e9);
}

/** Time on a clock that began at zero, such as `0:07`, `12:34`, `1:02:03`; with tenths of a second `0:07.4`. */
export function clockTime(ns: number, tenths = false): string {
  const all = Math.floor(Math.max(0, ns) / 1e8);
  if (tenths) return `${clockTime(ns)}.${String(all % 10)}`;
  const seconds = Math.floor(all / 10);
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${String(minutes)}:${two(seconds % 60)}`;
  return `${String(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** A share such as `0.3 %`. */
export function share(part: number): string {
  const percent = part * 100;
  return `${percent < 10 ? percent.toFixed(1) : String(Math.round(percent))} %`;
}

function digits(value: number): string {
  return value < 9.95 ? value.toFixed(1) : String(Math.round(value));
}

/** The last part of a path of either kind. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1) || path;
}

/** A place as it is shown, such as `app.py:34`. */
export function placeLabel(site: Site): string {
  return site.line > 0 ? `${baseName(site.file)}:${String(site.line)}` : baseName(site.file);
}

/** A function's name without the `<locals>` steps that say nothing to a reader. */
export function functionLabel(name: string): string {
  return name.replaceAll('.<locals>', '');
}

/** The last part of a qualified class name. */
export function shortClass(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
