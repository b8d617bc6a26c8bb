import type { Evaluator } from './evaluator.js';
import { joined } from './join.js';
import type { FileEntry, Value } from './values.js';

const NOTHING: readonly Value[] = [];
const MOST_MIXED = 4;

/** Reads one reference from left to right. */
export class ReferenceReader {
  private position = 0;

  constructor(
    private readonly text: string,
    private readonly file: FileEntry,
    private readonly evaluator: Evaluator,
  ) {}

  read(): readonly Value[] {
    let values = this.atom();
    while (this.position < this.text.length) {
      const character = this.text[this.position];
      if (character === '.') {
        this.position++;
        values = this.evaluator.member(values, this.word());
      } else if (character === '(') values = this.call(values);
      else if (character === '[') {
        this.position++;
        const index = this.bracketed('[', ']');
        values = index === '' ? this.evaluator.items(values) : this.evaluator.part(values, Number(index));
      } else if (character === '!') {
        this.position++;
        values = this.evaluator.awaited(values);
      } else if (character === '^') {
        this.position++;
        values = this.evaluator.entered(values);
        if (this.text[this.position] === '!') this.position++;
      } else if (character === '/') {
        this.position++;
        values = values.filter((value) => value.kind === 'external' && value.name === 'pathlib.Path');
      } else return NOTHING;
      if (values.length === 0) return NOTHING;
    }
    return values;
  }

  private word(): string {
    const start = this.position;
    while (this.position < this.text.length && /[\p{L}\p{N}_]/u.test(this.text[this.position] ?? '')) this.position++;
    return this.text.slice(start, this.position);
  }

  private number(): number {
    return Number(this.word());
  }

  /** The text up to the bracket that closes the one just read. */
  private bracketed(open: string, close: string): string {
    const start = this.position;
    let depth = 1;
    while (this.position < this.text.length && depth > 0) {
      const character = this.text[this.position];
      if (character === open) depth++;
      else if (character === close) depth--;
      this.position++;
    }
    return this.text.slice(start, this.position - 1);
  }

  private call(values: readonly Value[]): readonly Value[] {
    this.position++;
    const inner = this.bracketed('(', ')');
    return this.evaluator.call(
      values,
      inner === '' || inner === '?' ? NOTHING : this.evaluator.evaluate(inner, this.file),
    );
  }

  private atom(): readonly Value[] {
    const character = this.text[this.position++];
    switch (character) {
      case '/':
        return this.imported();
      case ':':
        return this.evaluator.moduleMember(this.file, this.word());
      case '*':
        return this.star(this.word());
      case '&': {
        const entry = this.file.functions[this.number()];
        return entry === undefined ? NOTHING : [{ kind: 'function', function: entry, receiver: undefined }];
      }
      case '%':
      case '$':
      case '^': {
        const entry = this.file.classes[this.number()];
        if (entry === undefined) return NOTHING;
        return [{ kind: character === '%' ? 'class' : character === '$' ? 'instance' : 'super', class: entry }];
      }
      case '~': {
        const entry = this.file.functions[this.number()];
        this.position++;
        const name = this.word();
        return entry === undefined ? NOTHING : this.evaluator.parameter(entry, name);
      }
      case '<':
        return this.instance(this.evaluator.evaluate(this.bracketed('<', '>'), this.file));
      case '[':
        return [this.container(this.bracketed('[', ']'))];
      case '(':
        return joined(split(this.bracketed('(', ')'), '|').map((part) => this.evaluator.evaluate(part, this.file)));
      case undefined:
      default:
        this.position = this.text.length;
        return NOTHING;
    }
  }

  private container(text: string): Value {
    const parts = split(text, ',').map((part) => this.evaluator.evaluate(part, this.file));
    if (parts.length > 1) return { kind: 'container', items: joined(parts), parts };
    const items = joined(parts);
    return { kind: 'container', items: isMixture(items) ? NOTHING : items };
  }

  private instance(values: readonly Value[]): readonly Value[] {
    return values.flatMap((value): Value[] => {
      if (value.kind === 'class') return [{ kind: 'instance', class: value.class }];
      if (value.kind === 'external') return [{ kind: 'external', name: value.name, isInstance: true }];
      // An alias of an annotation evaluates to an instance already.
      return value.kind === 'instance' ? [value] : [];
    });
  }

  /** `/a.b.c`: the part that names modules, then the rest as members. The name ends where a suffix other than `.` begins. */
  private imported(): readonly Value[] {
    const match = /^\.*[\p{L}\p{N}_.]*/u.exec(this.text.slice(this.position));
    const dotted = match?.[0] ?? '';
    this.position += dotted.length;
    if (dotted.startsWith('builtins.')) {
      return [{ kind: 'external', name: dotted.slice('builtins.'.length), isInstance: false }];
    }
    const found = this.evaluator.modules.resolve(dotted, this.file);
    if (found === null) return this.evaluator.types.external(dotted);
    let values: readonly Value[] = [found.value];
    for (const name of found.rest) values = this.evaluator.member(values, name);
    return values;
  }

  private star(name: string): readonly Value[] {
    const found = this.evaluator.starMember(this.file, name);
    return found.length > 0 ? found : [{ kind: 'external', name, isInstance: false }];
  }
}

/** Whether many things of several kinds are kept together: each is meant for its own key, and none for another. */
function isMixture(items: readonly Value[]): boolean {
  const kinds = new Set(items.map(({ kind }) => kind));
  kinds.delete('external');
  return items.length > MOST_MIXED && kinds.size > 1;
}

/** The parts of a text between separators that are in no bracket. */
function split(text: string, separator: '|' | ','): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? '';
    if ('([<'.includes(character)) depth++;
    else if (')]>'.includes(character)) depth--;
    else if (character === separator && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
