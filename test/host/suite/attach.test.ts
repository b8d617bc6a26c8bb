import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { fileOf, linesMarked, untilProblems } from './programs';
import { webview, window } from './ui';

interface Running {
  readonly pid: number;
  readonly ended: Promise<number | null>;
  /** Lets it end by itself. */
  end(): void;
  kill(): void;
}

/** A program that was not started from the window, with the runtime idle in it. */
async function start(more: NodeJS.ProcessEnv = {}, python: readonly string[] = []): Promise<Running> {
  const runtime = join(vscode.extensions.getExtension('loopscope.loopscope')?.extensionPath ?? '', 'runtime');
  const child = spawn(process.env['LOOPSCOPE_TEST_PYTHON'] ?? 'python3', [...python, fileOf('keeps_on.py').fsPath], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PYTHONPATH: join(runtime, 'loopscope', 'bootstrap'),
      LOOPSCOPE_CONNECT: '',
      LOOPSCOPE_LISTEN: 'local',
      ...more,
    },
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  assert.equal(said.toString().trim(), 'runs');
  assert.ok(child.pid !== undefined);
  return { pid: child.pid, ended, end: () => child.stdin.end('\n'), kill: () => child.kill('SIGKILL') };
}

function nextSession(): Promise<vscode.DebugSession> {
  return new Promise((resolve) => {
    const subscription = vscode.debug.onDidStartDebugSession((session) => {
      subscription.dispose();
      resolve(session);
    });
  });
}

describe('a program that already runs', () => {
  const file = fileOf('keeps_on.py');
  let program: Running | undefined;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loopscope-'));
    // Other programs of this user are of no interest; the extension lives in this process.
    process.env['LOOPSCOPE_DISCOVERY'] = join(folder, 'processes');
  });
  after(async () => {
    delete process.env['LOOPSCOPE_DISCOVERY'];
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.commands.executeCommand('loopscope.clearFindings');
  });
  afterEach(() => program?.kill());

  it('is chosen from a list by Loopscope: Attach…, shown with what holds it, and runs on when it is left', async () => {
    program = await start();
    const [blocked] = await linesMarked(file, 'blocks');
    const started = nextSession();
    const choosing = vscode.commands.executeCommand('loopscope.attach');
    await window.waitFor(`.quick-input-widget >> text=pid ${program.pid}`);
    const row = await window.text(`.quick-input-list .monaco-list-row:has-text("pid ${program.pid}")`);
    assert.match(row, /keeps_on\.py/);
    assert.match(row, /2 tasks/);
    await window.screenshot('attach');
    await window.click(`.quick-input-list .monaco-list-row:has-text("pid ${program.pid}")`);
    await choosing;
    const session = await started;
    assert.deepEqual([session.type, session.configuration['processId']], ['loopscope', program.pid]);
    await webview.waitFor('text=/time\\.sleep/', 30_000);
    const [problem] = await untilProblems(file, (problems) => problems.length > 0);
    assert.equal(problem?.range.start.line, blocked);
    const ended = new Promise<void>((resolve) => {
      const subscription = vscode.debug.onDidTerminateDebugSession(({ id }) => {
        if (id !== session.id) return;
        subscription.dispose();
        resolve();
      });
    });
    await vscode.debug.stopDebugging(session);
    await ended;
    program.end();
    assert.equal(await program.ended, 0, 'it was left as it was, and ended by itself');
  });

  it('is reached at an address, with its token, by a launch configuration', async () => {
    const port = 20_000 + (process.pid % 20_000);
    program = await start({ LOOPSCOPE_LISTEN: `tcp:127.0.0.1:${port}`, LOOPSCOPE_TOKEN: 'a-token-of-the-test' });
    const [blocked] = await linesMarked(file, 'blocks');
    const started = nextSession();
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    const common = { type: 'loopscope', request: 'attach', name: 'at an address' };
    await vscode.debug.startDebugging(workspace, { ...common, connect: { port }, token: 'a-token-of-the-test' });
    const session = await started;
    const [problem] = await untilProblems(file, (problems) => problems.length > 0);
    assert.equal(problem?.range.start.line, blocked);
    await vscode.debug.stopDebugging(session);
    program.end();
    assert.equal(await program.ended, 0);
  });

  it('is looked into when debugpy attaches to it, and left when debugpy leaves', async () => {
    const port = 40_000 + (process.pid % 20_000);
    program = await start({}, ['-X', 'frozen_modules=off', '-m', 'debugpy', '--listen', `127.0.0.1:${port}`]);
    const [blocked] = await linesMarked(file, 'blocks');
    const started = nextSession();
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    const common = { type: 'debugpy', request: 'attach', name: 'debugpy attaches' };
    await vscode.debug.startDebugging(workspace, { ...common, connect: { host: '127.0.0.1', port } });
    const session = await started;
    const [problem] = await untilProblems(file, (problems) => problems.length > 0);
    assert.equal(problem?.range.start.line, blocked);
    await vscode.debug.stopDebugging(session);
    program.end();
    assert.equal(await program.ended, 0);
  });

  it('that is not there is said not to be', async () => {
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    const common = { type: 'loopscope', request: 'attach', name: 'nobody' };
    // Under test VS Code shows no dialog: it refuses, with the dialog's words.
    await assert.rejects(
      async () => vscode.debug.startDebugging(workspace, { ...common, processId: 4_194_305 }),
      /There is no process 4194305\./,
    );
  });
});
