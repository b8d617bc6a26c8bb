import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import * as vscode from 'vscode';
import { launch } from './programs';

const SPINS = [
  'import asyncio, time',
  '',
  'def crunch():',
  '    until = time.monotonic() + 3',
  '    rounds = 0',
  '    while time.monotonic() < until:',
  '        rounds += 1',
  '    return rounds',
  '',
  'async def main():',
  '    await asyncio.sleep(0.05)',
  '    crunch()',
  '    print("over")',
  '',
  'asyncio.run(main())',
  '',
].join('\n');

const SLEEPS = SPINS.replace(/ {4}rounds = 0[^]*rounds\n/u, '    time.sleep(1)\n    return until\n');

describe('break when the loop jams, under debugpy', () => {
  const settings = vscode.workspace.getConfiguration('loopscope');
  let folder: string;

  before(async () => (folder = await mkdtemp(join(tmpdir(), 'loopscope-'))));
  after(() => rm(folder, { recursive: true }));
  beforeEach(async () => {
    await settings.update('breakOnJam', true, vscode.ConfigurationTarget.Global);
    await untilOn(true);
  });
  afterEach(async () => {
    await settings.update('breakOnJam', undefined, vscode.ConfigurationTarget.Global);
    await untilOn(false);
    await vscode.debug.stopDebugging();
  });

  /** Resolves when the extension host has heard of a setting that was written. */
  function untilOn(wanted: boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (vscode.workspace.getConfiguration('loopscope').get('breakOnJam') !== wanted) return;
        listener.dispose();
        resolve();
      };
      const listener = vscode.workspace.onDidChangeConfiguration(look);
      look();
    });
  }

  async function configuration(name: string, text: string): Promise<vscode.DebugConfiguration> {
    const program = join(folder, `${name}.py`);
    await writeFile(program, text);
    return { type: 'debugpy', request: 'launch', name, program, console: 'internalConsole' };
  }

  async function stack(session: vscode.DebugSession): Promise<{ threadId: number; frame: DebugProtocol.StackFrame }> {
    const { threads } = (await session.customRequest('threads')) as DebugProtocol.ThreadsResponse['body'];
    const threadId = threads.find(({ name }) => name === 'MainThread')?.id ?? 0;
    const answer = (await session.customRequest('stackTrace', {
      threadId,
    })) as DebugProtocol.StackTraceResponse['body'];
    const [frame] = answer.stackFrames;
    assert.ok(frame);
    return { threadId, frame };
  }

  it('pauses at the Python code that holds the loop, while it does, and once', async () => {
    const run = await launch(await configuration('spins', SPINS));
    const session = await run.stopped;
    const { threadId, frame } = await stack(session);
    assert.equal(frame.name, 'crunch');
    assert.ok([6, 7].includes(frame.line), `line ${frame.line}`);
    const evaluate = { expression: 'rounds > 0', frameId: frame.id, context: 'watch' };
    assert.equal(((await session.customRequest('evaluate', evaluate)) as { result: string }).result, 'True');
    await session.customRequest('continue', { threadId });
    await run.ended;
    assert.equal(run.output('stdout').trim(), 'over');
  });

  it('pauses where C code returns that holds the loop', async () => {
    const run = await launch(await configuration('sleeps', SLEEPS));
    const session = await run.stopped;
    const { threadId, frame } = await stack(session);
    assert.deepEqual([frame.name, frame.line], ['crunch', 6], 'the line after the call');
    assert.match(run.output('stdout'), /^$/u);
    await session.customRequest('continue', { threadId });
    await run.ended;
    assert.equal(run.output('stdout').trim(), 'over');
  });

  it('is turned off and on by its command, and leaves the program alone when off', async () => {
    await vscode.commands.executeCommand('loopscope.toggleBreakOnJam');
    await untilOn(false);
    const run = await launch(await configuration('off', SLEEPS));
    await run.ended;
    assert.equal(run.output('stdout').trim(), 'over');
    await vscode.commands.executeCommand('loopscope.toggleBreakOnJam');
    await untilOn(true);
  });
});
