import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { untilRuns, type Running } from './attach/testing';

const root = join(import.meta.dirname, '..', '..');

describe('a client that attaches, over stdio', function () {
  this.timeout(60_000);

  let folder: string;
  let client: DebugClient;
  let program: Running;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loopscope-'));
    const discovery = join(folder, 'processes');
    program = await untilRuns(discovery);
    const env = { ...process.env, NODE_OPTIONS: '--import tsx', LOOPSCOPE_DISCOVERY: discovery };
    const adapter = join(import.meta.dirname, 'stdio.ts');
    client = new DebugClient(process.execPath, adapter, 'loopscope', { cwd: root, env });
    client.defaultTimeout = 30_000;
    await client.start();
  });

  afterEach(async () => {
    program.kill();
    await program.ended;
    await rm(folder, { recursive: true });
  });

  it('stops at the breakpoint it set before, and leaves the program running', async () => {
    const stopped = client.waitForEvent('stopped') as Promise<DebugProtocol.StoppedEvent>;
    const attached = client.waitForEvent('process') as Promise<DebugProtocol.ProcessEvent>;
    let initialized = 0;
    client.on('initialized', () => initialized++);
    await client.initializeRequest();
    const { body } = await client.setBreakpointsRequest({
      source: { path: program.file },
      breakpoints: [{ line: 4 }],
    });
    await client.attachRequest({ processId: program.pid } as unknown as DebugProtocol.AttachRequestArguments);
    await client.configurationDoneRequest();
    assert.equal((await attached).body.systemProcessId, program.pid);
    const { hitBreakpointIds, threadId = 0 } = (await stopped).body;
    assert.deepEqual(hitBreakpointIds, [body.breakpoints[0]?.id]);
    const { stackFrames } = (await client.stackTraceRequest({ threadId })).body;
    assert.ok(stackFrames.some(({ name, line }) => name === 'blocked' && line === 4));
    assert.equal(initialized, 1);
    await client.disconnectRequest();
    program.end();
    assert.equal(await program.ended, 0);
    assert.equal(program.stderr(), '');
  });

  it('is told that a session is for one program', async () => {
    await client.initializeRequest();
    await client.attachRequest({ processId: program.pid } as unknown as DebugProtocol.AttachRequestArguments);
    for (const again of [
      client.attachRequest({ processId: program.pid } as unknown as DebugProtocol.AttachRequestArguments),
      client.launchRequest({ program: program.file } as DebugProtocol.LaunchRequestArguments),
    ]) {
      await assert.rejects(again, /^Error: This session has begun already; start the debug adapter anew/u);
    }
    await client.disconnectRequest();
  });
});
