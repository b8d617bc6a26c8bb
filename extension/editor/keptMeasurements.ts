import type { BlockView } from '../model';
import type { Memory } from '../mutes';
import type { Site } from '../protocol/generated/types';
import type { MeasuredLine } from './measuredLines';

/** Stands for the process that measured what an earlier window kept. */
export const KEPT = 'kept';

const KEY = 'loopscope.measured.1';
const MAX_LINES = 100;
const MAX_BLOCKS = 3;
const MAX_FRAMES = 12;

/** A line by what is written on it, which says where it is after the file has changed. Counts from 1. */
interface Anchor {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly function: string;
}

interface KeptBlock extends Pick<
  BlockView,
  'callee' | 'cause' | 'count' | 'totalNs' | 'maxNs' | 'lastNs' | 'task' | 'victims'
> {
  readonly stack: readonly Anchor[];
}

interface KeptLine {
  readonly program: string;
  readonly anchor: Anchor;
  readonly blocks: readonly KeptBlock[];
}

/** The lines of a file; null when it cannot be read. */
type LinesOf = (file: string) => Promise<readonly string[] | null>;

/** What is known of the processes that measured. */
export interface Measuring {
  /** What was run; null when nobody knows any more. */
  program(process: string): string | null;
  /** Where a site is now, the line counted from 1; null when it is gone. */
  place(process: string, site: Site): number | null;
}

/**
 * What was measured on the lines of a workspace, kept from one window to the next. A line is found again by its text, the
 * nearest where several have it, and forgotten when no line has it any more. Knows no VS Code.
 */
export class KeptMeasurements {
  public constructor(
    private readonly memory: Memory,
    private readonly linesOf: LinesOf,
  ) {}

  /** What an earlier window kept, on the lines where it is now. Its process is {@link KEPT}. */
  public async load(): Promise<MeasuredLine[]> {
    const files = this.files();
    const lines: MeasuredLine[] = [];
    for (const { program, anchor, blocks } of read(this.memory.get(KEY))) {
      const site = await siteOf(anchor, files);
      if (site === null) continue;
      const views: BlockView[] = [];
      for (const { stack, ...block } of blocks) {
        const sites = (await Promise.all(stack.map((frame) => siteOf(frame, files)))).filter((frame) => frame !== null);
        const isItself = (frame: Site): boolean => frame.file === site.file && frame.line === site.line;
        const frames = sites.map((frame, index) => (isItself(frame) ? site : { ...frame, id: index + 1 }));
        views.push({ ...block, id: 0, loop: 0, lastAtNs: 0, lineAtFault: true, site, stack: frames });
      }
      const { file, line } = site;
      lines.push({ file, line, process: KEPT, program, blocks: views, findings: [], open: null, spread: [] });
    }
    return lines;
  }

  /** Keeps what was measured, in the place of what was kept before. */
  public async save(lines: readonly MeasuredLine[], measuring: Measuring): Promise<void> {
    const files = this.files();
    const kept: KeptLine[] = [];
    for (const { process, blocks, program = measuring.program(process) } of lines) {
      if (kept.length === MAX_LINES) break;
      const anchorOf = (site: Site): Promise<Anchor | null> => anchorAt(site, measuring.place(process, site), files);
      const site = blocks[0]?.site ?? null;
      const anchor = site && (await anchorOf(site));
      if (!anchor || program === null) continue;
      kept.push({
        program,
        anchor,
        blocks: await Promise.all(blocks.slice(0, MAX_BLOCKS).map((each) => keptBlock(each, anchorOf))),
      });
    }
    await this.memory.update(KEY, kept);
  }

  /** Reads each file once. */
  private files(): LinesOf {
    const known = new Map<string, Promise<readonly string[] | null>>();
    return (file) => {
      let lines = known.get(file);
      if (lines === undefined) known.set(file, (lines = this.linesOf(file)));
      return lines;
    };
  }
}

async function keptBlock(block: BlockView, anchorOf: (site: Site) => Promise<Anchor | null>): Promise<KeptBlock> {
  const { callee, cause, count, totalNs, maxNs, lastNs, task, victims } = block;
  const frames = block.stack.filter((site) => site.user).slice(-MAX_FRAMES);
  const stack = (await Promise.all(frames.map(anchorOf))).filter((anchor) => anchor !== null);
  return { callee, cause, count, totalNs, maxNs, lastNs, task, victims, stack };
}

async function anchorAt(site: Site, line: number | null, linesOf: LinesOf): Promise<Anchor | null> {
  const text = line === null ? undefined : (await linesOf(site.file))?.[line - 1]?.trim();
  if (line === null || text === undefined || text === '') return null;
  return { file: site.file, line, text, function: site.function };
}

async function siteOf({ file, line, text, function: name }: Anchor, linesOf: LinesOf): Promise<Site | null> {
  let best: number | null = null;
  for (const [index, each] of ((await linesOf(file)) ?? []).entries()) {
    if (each.trim() !== text) continue;
    if (best === null || Math.abs(index + 1 - line) < Math.abs(best - line)) best = index + 1;
  }
  return best === null ? null : { id: 0, file, line: best, function: name, user: true };
}

/** What an earlier window kept under the same key, which is another for every form it had. */
function read(kept: unknown): readonly KeptLine[] {
  return Array.isArray(kept) ? (kept as readonly KeptLine[]) : [];
}
