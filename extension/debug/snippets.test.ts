import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Ajv from 'ajv';
import { COMMAND } from '../identifiers';
import { readAttachArguments } from './attach/attachArguments';
import { readLaunchArguments } from './launchArguments';

interface Snippet {
  readonly label: string;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Debugger {
  readonly variables: Readonly<Record<string, string>>;
  readonly configurationAttributes: Readonly<Record<'launch' | 'attach', object>>;
  readonly configurationSnippets: readonly Snippet[];
}

/**
 * What VS Code writes into launch.json when a person leaves each placeholder as it is, and types `x` where there is none.
 * After a `^` stands no string, but JSON.
 */
function written(body: Snippet['body']): Record<string, unknown> {
  const text = JSON.stringify(body, (_, value: unknown) => {
    if (typeof value !== 'string') return value;
    const filled = value
      .replace(/(?<!\\)\$\{\d+:?([^}]*)\}/gu, (_stop, text: string) => text || 'x')
      .replaceAll('\\$', '$');
    return filled.startsWith('^') ? (JSON.parse(filled.slice(1)) as unknown) : filled;
  });
  return JSON.parse(text) as Record<string, unknown>;
}

/** The same once VS Code has asked which process it is. */
function picked(configuration: Record<string, unknown>): Record<string, unknown> {
  return configuration['processId'] === '${command:pickProcess}'
    ? { ...configuration, processId: '4711' }
    : configuration;
}

describe('the configurations that launch.json is offered', () => {
  let contributed: Debugger;

  before(async () => {
    const manifest = JSON.parse(await readFile(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')) as {
      contributes: { debuggers: readonly [Debugger] };
    };
    [contributed] = manifest.contributes.debuggers;
  });

  it('run a script, a module, uvicorn, gunicorn and pytest, and attach', () => {
    const found = contributed.configurationSnippets.map(({ body }) => {
      const { request, program, module, processId, connect } = written(body);
      return [request, program ?? module ?? processId ?? typeof connect];
    });
    assert.deepEqual(found, [
      ['launch', '${file}'],
      ['launch', 'module'],
      ['launch', 'uvicorn'],
      ['launch', 'gunicorn'],
      ['launch', 'pytest'],
      ['attach', '${command:pickProcess}'],
      ['attach', 'object'],
    ]);
  });

  it('let a person choose the process', () => {
    assert.deepEqual(contributed.variables, { pickProcess: COMMAND.pickProcess });
  });

  it('are what their descriptions and the adapter take', () => {
    const ajv = new Ajv({ strict: false });
    for (const { label, body } of contributed.configurationSnippets) {
      const { type, request, name, ...rest } = written(body);
      assert.equal(type, 'loopscope', label);
      assert.match(String(name), /^Loopscope: ./u, label);
      assert.ok(request === 'launch' || request === 'attach', label);
      const schema = { ...contributed.configurationAttributes[request], additionalProperties: false };
      assert.ok(ajv.validate(schema, rest), `${label}: ${ajv.errorsText()}`);
      if (request === 'launch') readLaunchArguments(rest);
      else readAttachArguments(picked(rest));
    }
  });
});
