import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { untilRuns, type Running } from '../debug/attach/testing';
import { descendants, grouped, listCandidates, type Candidate } from './candidates';
import { dial } from './dialing';
import { discoveryFolder, readDiscovery } from './discovery';
import { programWords } from './enterable';
import { PathMap } from './pathMapping';

describe('finding programs that already run', function () {
  this.timeout(60_000);

  let folder: string;
  let running: Running[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loopscope-'));
    running = [];
  });
  afterEach(async () => {
    for (const program of running) program.kill();
    await rm(folder, { recursive: true });
  });

  async function start(): Promise<Running> {
    const program = await untilRuns(join(folder, 'processes'));
    running.push(program);
    return program;
  }

  it('finds one that has the runtime in it, and says how many tasks it has', async () => {
    const program = await start();
    const [found, ...others] = await listCandidates(join(folder, 'processes')).then((all) =>
      all.filter(({ discovery }) => discovery !== null),
    );
    assert.deepEqual(others, []);
    assert.ok(found);
    assert.equal(found.pid, program.pid);
    assert.equal(found.parentPid, process.pid);
    assert.equal(found.tasks, 2);
    assert.match(found.argv[0] ?? '', /app\.py$/u);
    assert.ok(found.startedWallMs > Date.now() - 60_000 && found.startedWallMs <= Date.now() + 1_000);
  });

  it('does not find one that has ended without a word', async () => {
    const program = await start();
    const ended = program.ended;
    program.kill();
    await ended;
    assert.deepEqual(await readdir(join(folder, 'processes')), [`${program.pid}.json`, `${program.pid}.sock`]);
    assert.deepEqual(await readDiscovery(join(folder, 'processes')), []);
  });

  it('does not believe a file that others could have written, or that says something else', async () => {
    const program = await start();
    const file = join(folder, 'processes', `${program.pid}.json`);
    await chmod(file, 0o644);
    assert.deepEqual(await readDiscovery(join(folder, 'processes')), []);
    await chmod(file, 0o600);
    assert.equal((await readDiscovery(join(folder, 'processes'))).length, 1);
    await writeFile(file, '{"format": "loopscope-discovery", "address": 7}');
    assert.deepEqual(await readDiscovery(join(folder, 'processes')), []);
    await chmod(join(folder, 'processes'), 0o755);
    assert.deepEqual(await readDiscovery(join(folder, 'processes')), []);
  });

  it('looks where the runtime leaves its files', () => {
    assert.equal(discoveryFolder({ LOOPSCOPE_DISCOVERY: '/there' }), '/there');
    if (process.platform === 'win32') return;
    assert.equal(discoveryFolder({ XDG_RUNTIME_DIR: tmpdir() }), join(tmpdir(), 'loopscope'));
    assert.equal(discoveryFolder({ TMPDIR: '/t' }), `/t/loopscope-${process.getuid?.()}`);
    assert.equal(
      discoveryFolder({ XDG_RUNTIME_DIR: '/is/not/there', TMPDIR: '/t' }),
      `/t/loopscope-${process.getuid?.()}`,
    );
  });

  it('dials one, and is told why it is refused', async () => {
    await start();
    const [entry] = await readDiscovery(join(folder, 'processes'));
    assert.ok(entry);
    await assert.rejects(dial({ ...entry, token: 'guessed' }), /^Error: The program refuses: The token is wrong/u);
    const greeted = await dial(entry);
    greeted.hangUp();
    assert.equal(greeted.hello.process.pid, entry.pid);
  });

  for (const [what, answer, sentence] of [
    [
      'something else',
      'HTTP/1.1 400 Bad Request\r\n\r\n',
      /What answers at tcp:127\.0\.0\.1:\d+ is not Loopscope’s runtime/u,
    ],
    ['nobody', null, /Nobody can be reached at tcp:127\.0\.0\.1:\d+: ECONNREFUSED\. Is the program still running\?/u],
    ['one that says nothing', '', /Nothing answered at tcp:127\.0\.0\.1:\d+ in 0\.2 s/u],
  ] as const) {
    it(`says so when ${what} is at the address`, async () => {
      const server = createServer((socket) => socket.write(answer ?? ''));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as { port: number };
      if (answer === null) await new Promise((resolve) => server.close(resolve));
      const address = `tcp:127.0.0.1:${port}`;
      const dialled = dial({ address, token: 'x', timeoutMs: answer === '' ? 200 : 30_000 });
      await assert.rejects(dialled, sentence).finally(() => server.close());
    });
  }

  it('leaves nothing when it was only asked for its tasks', async () => {
    const program = await start();
    await listCandidates(join(folder, 'processes'));
    program.end();
    assert.equal(await program.ended, 0);
    assert.deepEqual(await readdir(join(folder, 'processes')), []);
    assert.equal((await stat(join(folder, 'processes'))).mode & 0o777, 0o700);
  });
});

describe('the list of processes', () => {
  const candidate = (pid: number, parentPid: number, startedWallMs: number): Candidate => ({
    ...{ pid, parentPid, startedWallMs, depth: 0, python: '3.13', argv: [], tasks: null, discovery: null },
  });

  it('has workers behind their parent, and what was started last first', () => {
    const listed = grouped([candidate(12, 10, 3), candidate(5, 1, 1), candidate(10, 1, 2), candidate(11, 10, 2)]);
    assert.deepEqual(
      listed.map(({ pid, depth }) => [pid, depth]),
      [
        [10, 0],
        [12, 1],
        [11, 1],
        [5, 0],
      ],
    );
  });

  it('knows whom a process has started, directly or not', () => {
    const processes = [candidate(3, 2, 0), candidate(2, 1, 0), candidate(4, 9, 0), candidate(1, 0, 0)];
    assert.deepEqual(
      descendants(1, processes)
        .map(({ pid }) => pid)
        .sort(),
      [2, 3],
    );
  });

  it('names what an interpreter runs', () => {
    assert.deepEqual(programWords(['-X', 'dev', '-u', 'app.py', '-v']), ['app.py', '-v']);
    assert.deepEqual(programWords(['-m', 'uvicorn', 'app:app']), ['uvicorn', 'app:app']);
    assert.deepEqual(programWords(['-c', 'pass']), ['-c', 'pass']);
  });
});

describe('a mapping of paths', () => {
  const map = new PathMap([
    { localRoot: '/home/me/app/', remoteRoot: '/app' },
    { localRoot: '/home/me/library', remoteRoot: '/app/vendor' },
    { localRoot: 'C:\\work', remoteRoot: '/work' },
  ]);

  it('turns a folder there into the one here, the longest that fits, and back', () => {
    for (const [remote, local] of [
      ['/app/main.py', '/home/me/app/main.py'],
      ['/app/vendor/x.py', '/home/me/library/x.py'],
      ['/work/a/b.py', 'C:\\work\\a\\b.py'],
    ] as const) {
      assert.equal(map.toLocal(remote), local);
      assert.equal(map.toRemote(local), remote);
    }
  });

  it('leaves other paths alone', () => {
    for (const path of ['/application/main.py', '/usr/lib/python3/asyncio/tasks.py', '<string>']) {
      assert.equal(map.toLocal(path), path);
    }
  });
});
