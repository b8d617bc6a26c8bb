import { positionAt } from '../syntax/node.js';
import type { SyntaxFile } from '../syntax/node.js';
import type { Suppression } from './types.js';

const IGNORE = /#\s*loopscope:\s*(ignore-file|ignore)(?:\[([^\]]*)\])?/;
const NOQA = /#\s*noqa(?::\s*([A-Z]+[0-9]*(?:[,\s]+[A-Z]+[0-9]+)*))?/i;

/** The comments of a file that silence findings. */
export function suppressionsOf(file: SyntaxFile): Suppression[] {
  const found: Suppression[] = [];
  for (const comment of file.comments) {
    const text = file.source.slice(comment.start, comment.end);
    if (!text.includes('loopscope') && !/noqa/i.test(text)) continue;
    const own = IGNORE.exec(text);
    const match = own ?? NOQA.exec(text);
    if (match === null) continue;
    const start = positionAt(file.lineStarts, comment.start + match.index);
    const names = own === null ? match[1] : match[2];
    found.push({
      kind: own === null ? 'noqa' : match[1] === 'ignore-file' ? 'file' : 'ignore',
      rules: names === undefined ? [] : names.split(/[,\s]+/).filter((name) => name !== ''),
      line: start.line,
      column: start.column,
      endColumn: start.column + match[0].length,
    });
  }
  return found;
}
