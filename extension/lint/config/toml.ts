/** A value of a TOML document. */
export type TomlValue = string | number | boolean | TomlValue[] | { [key: string]: TomlValue };

/**
 * Reads the part of TOML that configuration files use: tables, arrays of tables, dotted and quoted keys, strings of all four
 * kinds, numbers, booleans, arrays and inline tables. Dates come back as strings.
 * @throws Error with the line of the first thing that is not TOML.
 */
export function parseToml(text: string): { [key: string]: TomlValue } {
  return new TomlReader(text).document();
}

class TomlReader {
  private position = 0;

  constructor(private readonly text: string) {}

  document(): { [key: string]: TomlValue } {
    const root: { [key: string]: TomlValue } = {};
    let table = root;
    for (this.skip(true); this.position < this.text.length; this.skip(true)) {
      if (this.text[this.position] === '[') table = this.header(root);
      else this.pair(table);
      this.skip(false);
      if (this.position < this.text.length && this.text[this.position] !== '\n')
        throw this.problem('one entry to a line');
    }
    return root;
  }

  private header(root: { [key: string]: TomlValue }): { [key: string]: TomlValue } {
    const isArray = this.text.startsWith('[[', this.position);
    this.position += isArray ? 2 : 1;
    const keys = this.keys();
    if (!this.text.startsWith(isArray ? ']]' : ']', this.position)) throw this.problem(isArray ? "']]'" : "']'");
    this.position += isArray ? 2 : 1;
    if (!isArray) return this.descend(root, keys);
    const parent = this.descend(root, keys.slice(0, -1));
    const last = keys.at(-1) ?? '';
    const list = (parent[last] ??= []);
    const made: { [key: string]: TomlValue } = {};
    if (Array.isArray(list)) list.push(made);
    return made;
  }

  private descend(from: { [key: string]: TomlValue }, keys: readonly string[]): { [key: string]: TomlValue } {
    let table = from;
    for (const key of keys) {
      let next: TomlValue | undefined = Object.hasOwn(table, key) ? table[key] : undefined;
      if (next === undefined) table[key] = next = {};
      if (Array.isArray(next)) next = next.at(-1);
      if (typeof next !== 'object' || Array.isArray(next)) throw this.problem(`a table at ${key}`);
      table = next;
    }
    return table;
  }

  private pair(table: { [key: string]: TomlValue }): void {
    const keys = this.keys();
    if (this.text[this.position] !== '=') throw this.problem("'='");
    this.position++;
    this.skip(false);
    const last = keys.at(-1) ?? '';
    Object.defineProperty(this.descend(table, keys.slice(0, -1)), last, {
      value: this.value(),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }

  private keys(): string[] {
    const keys: string[] = [];
    for (;;) {
      this.skip(false);
      const quote = this.text[this.position];
      if (quote === '"' || quote === "'") keys.push(this.string());
      else {
        const match = /^[\w-]+/.exec(this.text.slice(this.position, this.position + 200));
        if (match === null) throw this.problem('a key');
        keys.push(match[0]);
        this.position += match[0].length;
      }
      this.skip(false);
      if (this.text[this.position] !== '.') return keys;
      this.position++;
    }
  }

  private value(): TomlValue {
    const character = this.text[this.position];
    if (character === '"' || character === "'") return this.string();
    if (character === '[') return this.array();
    if (character === '{') return this.inlineTable();
    const match = /^[^\s,\]}#]+/.exec(this.text.slice(this.position, this.position + 200));
    if (match === null) throw this.problem('a value');
    this.position += match[0].length;
    const word = match[0];
    if (word === 'true' || word === 'false') return word === 'true';
    const number = Number(word.replaceAll('_', ''));
    return Number.isNaN(number) ? word : number;
  }

  private array(): TomlValue[] {
    const values: TomlValue[] = [];
    this.position++;
    for (this.skip(true); this.text[this.position] !== ']'; this.skip(true)) {
      if (this.position >= this.text.length) throw this.problem("']'");
      values.push(this.value());
      this.skip(true);
      if (this.text[this.position] === ',') this.position++;
    }
    this.position++;
    return values;
  }

  private inlineTable(): { [key: string]: TomlValue } {
    const table: { [key: string]: TomlValue } = {};
    this.position++;
    for (this.skip(true); this.text[this.position] !== '}'; this.skip(true)) {
      if (this.position >= this.text.length) throw this.problem("'}'");
      this.pair(table);
      this.skip(true);
      if (this.text[this.position] === ',') this.position++;
    }
    this.position++;
    return table;
  }

  private string(): string {
    const quote = this.text[this.position] ?? '"';
    const delimiter = this.text.startsWith(quote.repeat(3), this.position) ? quote.repeat(3) : quote;
    const start = this.position + delimiter.length;
    let end = start;
    for (; !this.text.startsWith(delimiter, end); end++) {
      if (end >= this.text.length || (delimiter.length === 1 && this.text[end] === '\n'))
        throw this.problem(`a closing ${delimiter}`);
      if (quote === '"' && this.text[end] === '\\') end++;
    }
    this.position = end + delimiter.length;
    const raw = this.text.slice(start, end).replace(delimiter.length === 3 ? /^\r?\n/ : /^$/, '');
    return quote === "'"
      ? raw
      : raw.replace(/\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r?\n\s*|.)/g, (_, escape: string) => unescaped(escape));
  }

  /** Passes white space and comments, and line breaks where `lines`. Returns the new position. */
  private skip(lines: boolean): number {
    const pattern = lines ? /(?:[ \t\r\n]|#[^\n]*)*/y : /(?:[ \t\r]|#[^\n]*)*/y;
    pattern.lastIndex = this.position;
    this.position += pattern.exec(this.text)?.[0].length ?? 0;
    return this.position;
  }

  private problem(expected: string): Error {
    const line = this.text.slice(0, this.position).split('\n').length;
    return new Error(`line ${line}: expected ${expected}`);
  }
}

function unescaped(escape: string): string {
  if (/^[uU][0-9a-fA-F]/.test(escape)) return String.fromCodePoint(Number.parseInt(escape.slice(1), 16));
  const known: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '"': '"', '\\': '\\' };
  return known[escape] ?? '';
}
