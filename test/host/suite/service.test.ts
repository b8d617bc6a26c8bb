import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { fileOf, launch, linesMarked, problemsOf, untilProblems } from './programs';
import { webview } from './ui';

const GOOD_ROUTES = ['hello', 'sleep', 'query', 'offload'];

/** Sends requests from a process of its own. */
async function send(port: string, requests: number, ...routes: readonly string[]): Promise<Record<string, number>> {
  const python = process.env['LOOPSCOPE_TEST_PYTHON'] ?? 'python3';
  const load = fileOf('service/load.py').fsPath;
  const { stdout } = await promisify(execFile)(python, [load, port, '--requests', String(requests), ...routes]);
  return JSON.parse(stdout) as Record<string, number>;
}

describe('an aiohttp service under load from a second process', () => {
  it('has its blocking line among the problems and in the panel, and nothing else', async () => {
    const file = fileOf('service/app.py');
    const [blocking] = await linesMarked(file, 'block');
    await vscode.commands.executeCommand('loopscope.clearFindings');
    const service = await launch({ type: 'loopscope', request: 'launch', name: 'service', program: file.fsPath });
    const [, port = ''] = await service.printed('stdout', /listening on (\d+)/);
    assert.deepEqual(await send(port, 40, ...GOOD_ROUTES), {
      'hello 200': 10,
      'offload 200': 10,
      'query 200': 10,
      'sleep 200': 10,
    });
    await send(port, 10, ...GOOD_ROUTES, 'block');
    await untilProblems(file, (problems) => problems.some(({ message }) => /^Held the loop 2 times/.test(message)));
    await vscode.commands.executeCommand('loopscope.openPanel');
    await webview.click('role=tab[name=/^Blocks/]');
    await webview.waitFor('text=/time\\.sleep/');
    const places = await webview.texts('role=grid >> tbody >> tr >> td >> nth=0');
    assert.equal(await webview.count('role=grid >> tbody >> tr'), 1);
    assert.match(places.join(), new RegExp(`^app\\.py:${(blocking ?? 0) + 1}\\b`));
    await send(port, 1, 'stop');
    await service.ended;
    assert.equal(await service.exitCode, 0);
    assert.deepEqual(
      problemsOf(file).map(({ range }) => range.start.line),
      [blocking],
    );
    const everywhere = vscode.languages.getDiagnostics().filter(([, problems]) => problems.length > 0);
    assert.deepEqual(
      everywhere.map(([uri]) => uri.path),
      [file.path],
    );
  });
});
