import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COLOR, COMMAND, DEBUG_TYPE, SECTION, SETTING, TOOL } from './identifiers';

interface Manifest {
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, object>> };
    readonly colors: readonly { readonly id: string }[];
    readonly debuggers: readonly { readonly type: string }[];
    readonly languageModelTools: readonly { readonly name: string }[];
  };
}

const root = join(import.meta.dirname, '..');
const text = readFileSync(join(root, 'package.json'), 'utf8');
const manifest = JSON.parse(text) as Manifest;
const { contributes } = manifest;

describe('the manifest', () => {
  it('contributes the commands that the code registers, and no others', () => {
    assert.deepEqual(contributes.commands.map(({ command }) => command).sort(), Object.values(COMMAND).sort());
  });

  it('contributes the tools for language models that the code registers', () => {
    const names = contributes.languageModelTools.map(({ name }) => name);
    assert.deepEqual(names.sort(), Object.values(TOOL).sort());
  });

  it('describes the settings that the code reads, and no others', () => {
    const names = Object.values(SETTING).map((name) => `${SECTION}.${name}`);
    assert.deepEqual(Object.keys(contributes.configuration.properties).sort(), names.sort());
  });

  it('contributes the colours of the editor’s marks and the debug type', () => {
    const colors = new Set(contributes.colors.map(({ id }) => id));
    assert.deepEqual(
      Object.values(COLOR).filter((color) => !colors.has(color)),
      [],
    );
    assert.deepEqual(
      contributes.debuggers.map(({ type }) => type),
      [DEBUG_TYPE],
    );
  });

  it('has a text for every place where one is meant, and uses every text', () => {
    const texts = JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8')) as Record<string, string>;
    const used = [...text.matchAll(/"%([^%"]+)%"/gu)].map(([, key]) => key);
    assert.deepEqual([...new Set(used)].sort(), Object.keys(texts).sort());
  });

  it('never has VS Code start the extension for everybody', () => {
    assert.deepEqual(
      manifest.activationEvents.filter((event) => event === '*' || event === 'onStartupFinished'),
      [],
    );
  });
});
