import { cp, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/lib/paths.mjs';

/** What is inspected: folders of `test` that the workspace has too. */
const INSPECTED = ['programs', 'service'];

/** A folder of its own for one run: the workspace to open, and what the host writes. */
export interface Scratch {
  /** The workspace: `test/host/workspace`, with the inspected programs in `programs/` and `service/`. */
  readonly workspace: string;
  /** For settings, state and logs of the host. */
  readonly data: string;
  remove(): Promise<void>;
}

/** Copies the fixture workspace to a temporary folder, so that no run leaves a trace in the checkout. */
export async function makeScratch(): Promise<Scratch> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'loopscope-host-')));
  const workspace = join(folder, 'workspace');
  await cp(join(import.meta.dirname, 'workspace'), workspace, { recursive: true });
  for (const name of INSPECTED) {
    await cp(join(root, 'test', name), join(workspace, name), {
      recursive: true,
      filter: (source) => !source.includes('__pycache__'),
    });
  }
  return {
    workspace,
    data: join(folder, 'data'),
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}
