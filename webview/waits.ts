/** Kinds of waits by colour: a reader tells eight colours apart, not twenty-one. */
import type { WaitKind } from '../extension/protocol/generated/types';

/** Colour groups of waits; the style sheet has a `--loopscope-wait-…` for each. */
export type WaitColour = 'timer' | 'task' | 'lock' | 'queue' | 'stream' | 'job' | 'other';

const COLOURS: Readonly<Record<WaitKind, WaitColour>> = {
  sleep: 'timer',
  timer: 'timer',
  task: 'task',
  gather: 'task',
  future: 'other',
  lock: 'lock',
  semaphore: 'lock',
  condition: 'lock',
  event: 'lock',
  barrier: 'lock',
  'queue-get': 'queue',
  'queue-put': 'queue',
  'stream-read': 'stream',
  'stream-drain': 'stream',
  socket: 'stream',
  connect: 'stream',
  dns: 'stream',
  subprocess: 'stream',
  job: 'job',
  generator: 'other',
  unknown: 'other',
};

/** All kinds of waits, by name. */
export const WAIT_KINDS = Object.keys(COLOURS).sort() as readonly WaitKind[];

/** The colour group of a kind of wait. */
export function waitColour(kind: WaitKind): WaitColour {
  return COLOURS[kind];
}

/** Class name that colours a chip. */
export function waitClass(kind: WaitKind): string {
  return `wait-${COLOURS[kind]}`;
}

/** True for the name of a kind of wait. */
export function isWaitKind(name: string): name is WaitKind {
  return Object.hasOwn(COLOURS, name);
}
