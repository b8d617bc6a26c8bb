/**
 * Writes everything that follows from `runtime/protocol/schema.json`: TypeScript types, constants and validators, Python
 * constants, and the reference page. Run by `npm run generate`; a test fails when its output differs from what is committed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020';
import standaloneCode from 'ajv/dist/standalone/index';
import { transform } from 'esbuild';
import { compile } from 'json-schema-to-typescript';

interface Definition {
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly anyOf?: readonly Definition[];
  readonly items?: Definition;
  readonly properties?: Readonly<Record<string, Definition>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Definition;
  readonly $ref?: string;
}

interface Schema {
  readonly $comment: string;
  readonly 'x-constants': Readonly<Record<string, { readonly value: number | string; readonly description: string }>>;
  readonly 'x-handshake': string;
  readonly $defs: Readonly<Record<string, Definition>>;
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const notice = 'Generated from runtime/protocol/schema.json by `npm run generate`. Do not edit.';

/** What is read from outside and is no message. */
const CHECKED_TOO = ['PackedHeader', 'Discovery'];

/**
 * Generates every file that follows from the schema.
 *
 * @returns The files' text by path relative to the root of the project.
 */
export async function generate(): Promise<Map<string, string>> {
  const schema = JSON.parse(readFileSync(join(root, 'runtime/protocol/schema.json'), 'utf8')) as Schema;
  return new Map([
    ['extension/protocol/generated/types.ts', await types(schema)],
    ['extension/protocol/generated/constants.ts', constants(schema)],
    ['extension/protocol/generated/validators.js', await validators(schema)],
    ['extension/protocol/generated/validators.d.ts', validatorTypes()],
    ['runtime/loopscope/protocol.py', python(schema)],
    ['docs/PROTOCOL.md', reference(schema)],
  ]);
}

async function types(schema: Schema): Promise<string> {
  const text = await compile({ ...schema, title: 'LoopscopeProtocol' }, 'LoopscopeProtocol', {
    bannerComment: `// ${notice}`,
    unreachableDefinitions: true,
    additionalProperties: false,
    style: { printWidth: 120, singleQuote: true },
  });
  // The root of the schema describes no value of its own.
  return text
    .replace(/export interface LoopscopeProtocol \{[^}]*\}\n/, '')
    .replace(/This interface was referenced by[^*]*\n\s*\* via the `definition` "[^"]*"\./g, '')
    .replace(/\n \*\n \*\s*\n \*\//g, '\n */')
    .replace(/\/\*\*\s*\*\s*\*\/\n/g, '');
}

function constants(schema: Schema): string {
  const lines = [`// ${notice}`, ''];
  for (const [name, { value, description }] of Object.entries(schema['x-constants'])) {
    lines.push(`/** ${description} */`, `export const ${name} = ${typeof value === 'string' ? `'${value}'` : value};`);
  }
  return lines.join('\n') + '\n';
}

async function validators(schema: Schema): Promise<string> {
  const ajv = new Ajv2020({ code: { source: true, esm: false }, inlineRefs: false, allowUnionTypes: true });
  // A message names its own kind, so it is checked against that one definition: cheap, and the error is about the right thing.
  const messages = messageNames(schema);
  ajv.addSchema(withoutProse(schema) as object, 'loopscope');
  const exportsByName = Object.fromEntries(
    [...messages, ...CHECKED_TOO].map((name) => [`validate${name}`, `loopscope#/$defs/${name}`]),
  );
  const code = standaloneCode(ajv, exportsByName);
  const { code: small } = await transform(code, { minify: true, target: 'node20' });
  return `// ${notice}\n/* eslint-disable */\n// @ts-nocheck\n${small}`;
}

/** The compiled validators carry their schema; the reader's words in it would only make them larger. */
function withoutProse(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutProse);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, item]) =>
      !(typeof item === 'string' && ['description', '$comment', 'title'].includes(key)) && !key.startsWith('x-'),
  );
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutProse(item)]));
}

function messageNames(schema: Schema): string[] {
  const names = ['FromRuntime', 'FromViewer'].flatMap((union) =>
    (schema.$defs[union]?.anyOf ?? []).map((member) => (member.$ref ?? '').replace('#/$defs/', '')),
  );
  return [...new Set(names)].sort();
}

function validatorTypes(): string {
  const schema = JSON.parse(readFileSync(join(root, 'runtime/protocol/schema.json'), 'utf8')) as Schema;
  const names = [...messageNames(schema), ...CHECKED_TOO];
  return [
    `// ${notice}`,
    `import type { ${names.join(', ')} } from './types';`,
    '',
    '/** Checks a parsed value; the reasons of the latest refusal are in `errors`. */',
    'export interface Validator<T> {',
    '  (value: unknown): value is T;',
    '  errors?: readonly { readonly instancePath: string; readonly message?: string }[] | null;',
    '}',
    '',
    ...names.map((name) => `export const validate${name}: Validator<${name}>;`),
    '',
  ].join('\n');
}

function python(schema: Schema): string {
  const lines = [
    `"""Names and limits of the protocol.`,
    '',
    notice,
    '"""',
    '',
    'from __future__ import annotations',
    '',
    'from typing import Final',
    '',
  ];
  for (const [name, { value, description }] of Object.entries(schema['x-constants'])) {
    lines.push(...comment(description), `${name}: Final = ${typeof value === 'string' ? `"${value}"` : value}`, '');
  }
  for (const [name, definition] of Object.entries(schema.$defs)) {
    if (definition.enum) {
      lines.push(...comment(definition.description ?? ''));
      lines.push(`${constantCase(name)}S: Final = (`, ...definition.enum.map((value) => `    "${value}",`), ')', '');
    }
  }
  return lines.join('\n').trimEnd() + '\n';
}

function comment(text: string): string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > 118) {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

function constantCase(name: string): string {
  return name.replace(/(?<!^)([A-Z])/g, '_$1').toUpperCase();
}

function reference(schema: Schema): string {
  const lines = [
    '# Protocol reference',
    '',
    `<!-- ${notice} -->`,
    '',
    schema.$comment,
    '',
    '## Handshake',
    '',
    schema['x-handshake'],
    '',
  ];
  lines.push('## Constants', '', '| name | value | meaning |', '|---|---|---|');
  for (const [name, { value, description }] of Object.entries(schema['x-constants'])) {
    lines.push(`| \`${name}\` | \`${value}\` | ${cell(description)} |`);
  }
  lines.push('');
  const messages = new Set(messageNames(schema));
  const unions = new Set(['FromRuntime', 'FromViewer']);
  for (const [title, chosen] of [
    ['Messages', (name: string) => messages.has(name)],
    ['Records and values', (name: string) => !messages.has(name) && !unions.has(name)],
  ] as const) {
    lines.push(`## ${title}`, '');
    for (const [name, definition] of Object.entries(schema.$defs)) {
      if (chosen(name)) lines.push(...section(name, definition));
    }
  }
  for (const name of unions) {
    const members = schema.$defs[name]?.anyOf ?? [];
    lines.push(
      `### ${name}`,
      '',
      schema.$defs[name]?.description ?? '',
      '',
      members.map((member) => typeName(member)).join(', '),
      '',
    );
  }
  return lines.join('\n').trimEnd() + '\n';
}

function section(name: string, definition: Definition): string[] {
  const lines = [`### ${name}`, '', definition.description ?? '', ''];
  if (definition.enum) lines.push(definition.enum.map((value) => `\`${value}\``).join(', '), '');
  if (definition.properties) {
    lines.push('| field | type | meaning |', '|---|---|---|');
    for (const [field, property] of Object.entries(definition.properties)) {
      const optional = definition.required?.includes(field) ? '' : ' (may be absent)';
      lines.push(`| \`${field}\` | ${typeName(property)}${optional} | ${cell(property.description ?? '')} |`);
    }
    lines.push('');
  }
  return lines;
}

function typeName(definition: Definition): string {
  if (definition.$ref) {
    const name = definition.$ref.replace('#/$defs/', '');
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (definition.anyOf) return definition.anyOf.map((member) => typeName(member)).join(' or ');
  if (definition.const) return `\`"${definition.const}"\``;
  if (definition.enum) return definition.enum.map((value) => `\`"${value}"\``).join(', ');
  if (definition.type === 'array') return `list of ${definition.items ? typeName(definition.items) : 'anything'}`;
  return definition.type ?? 'anything';
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of await generate()) writeFileSync(join(root, path), text);
}
