import { globMatcher } from '../../lint/config/glob';
import { slashed } from './predictions';

/** Folders of other people's code, which a person opens to read. */
const FOREIGN = /\/(?:site-packages|dist-packages|node_modules|lib\/python3[^/]*)\//u;

/** Which files are linted: those of the workspace, or any that is open when there is no workspace. */
export class Scope {
  private readonly excluded: readonly ((path: string) => boolean)[];

  /**
   * @param roots Paths of the workspace folders, with `/`.
   * @param exclude Patterns of paths below a folder.
   */
  public constructor(
    public readonly roots: readonly string[],
    exclude: readonly string[],
  ) {
    this.excluded = exclude.map(globMatcher);
  }

  public includes(file: string): boolean {
    const path = slashed(file);
    const root = this.roots.find((folder) => path.startsWith(`${folder}/`));
    if (root === undefined) return this.roots.length === 0 && !FOREIGN.test(path);
    const below = path.slice(root.length);
    return !FOREIGN.test(below) && !this.excluded.some((matches) => matches(below.slice(1)));
  }
}
