import assert from 'node:assert/strict';
import type { LintConfig } from '../../extension/lint/config/config.js';
import { lint } from './project.js';

/** Lints one file whose `# <- rule` comments say which findings each line must have, and no others. */
async function expectMarked(source: string, config: Partial<LintConfig> = {}): Promise<void> {
  const expected: string[] = [];
  source.split('\n').forEach((line, index) => {
    for (const rule of /# <- ([\w, -]+)$/.exec(line)?.[1]?.split(', ') ?? []) expected.push(`${index + 1} ${rule}`);
  });
  const found = (await lint({ 'app.py': source }, config)).map((finding) => `${finding.line} ${finding.rule}`);
  assert.deepEqual(found.sort(), expected.sort());
}

describe('asyncio mistakes', () => {
  it('tasks nobody keeps', () =>
    expectMarked(`
import asyncio
async def job(): pass
async def main(group: asyncio.TaskGroup):
    asyncio.create_task(job())  # <- task-dropped
    _ = asyncio.ensure_future(job())  # <- task-dropped
    loop = asyncio.get_running_loop()
    loop.create_task(job())  # <- task-dropped
    kept = asyncio.create_task(job())
    group.create_task(job())
    await asyncio.create_task(job())
`));

  it('coroutines nobody awaits', () =>
    expectMarked(`
import asyncio, functools
async def job(): pass
async def rows(): yield 1
class A:
    async def go(self):
        self.go()  # <- never-awaited
        await self.go()
        return self.go()
async def main(unknown):
    job()  # <- never-awaited
    if job():  # <- never-awaited
        pass
    print(f"{job()}")  # <- never-awaited
    asyncio.sleep(1)  # <- never-awaited
    rows()
    unknown()
    await asyncio.gather(job(), job())
`));

  it('APIs that changed or went away', () =>
    expectMarked(`
import asyncio
loop = asyncio.get_event_loop()  # <- event-loop-lookup
async def job(): pass
async def main():
    await asyncio.wait([job(), job()])  # <- wait-given-coroutines
    await asyncio.wait([job() for _ in range(3)])  # <- wait-given-coroutines
    await asyncio.wait([asyncio.create_task(job())])
    asyncio.Lock(loop=loop)  # <- removed-loop-parameter
    asyncio.Task.all_tasks()  # <- removed-task-method
@asyncio.coroutine
def old():  # <- removed-coroutine-decorator
    yield from asyncio.sleep(1)  # <- yield-from-coroutine
asyncio.set_event_loop_policy(None)  # <- event-loop-policy
def start():
    own = asyncio.get_event_loop()  # <- event-loop-lookup
    own.run_until_complete(job())
`));

  it('nothing that the target version still allows', async () => {
    const found = await lint(
      {
        'app.py':
          'import asyncio\nasync def job(): pass\nasync def main():\n    asyncio.Lock(loop=None)\n    await asyncio.wait([job()])\n',
      },
      { newestPython: 9 },
    );
    assert.deepEqual(found, []);
  });

  it('a loop started inside a loop, through helpers too', () =>
    expectMarked(`
import asyncio
async def job(): pass
def helper():
    asyncio.run(job())
def careful():
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(job())
async def main():
    helper()  # <- nested-loop-run
    careful()
    asyncio.run(job())  # <- nested-loop-run
if __name__ == '__main__':
    asyncio.run(main())
`));

  it('loops kept busy and polling', () =>
    expectMarked(`
import asyncio
def again():
    asyncio.get_running_loop().call_soon(again)  # <- busy-poll
class A:
    async def wait(self):
        while not self.ready:  # <- sleep-polling
            await asyncio.sleep(1)
        while self.busy:  # <- busy-poll
            await asyncio.sleep(0)
        while True:
            await asyncio.sleep(3600)
        while not self.check():
            await asyncio.sleep(1)
`));

  it('threads and executors used wrongly', () =>
    expectMarked(`
import asyncio, threading, requests
from concurrent.futures import ThreadPoolExecutor, ProcessPoolExecutor
loop = asyncio.new_event_loop()
queue = asyncio.Queue()
def top(x): return requests.get(x)
def worker():
    loop.call_soon(print)  # <- wrong-thread
    loop.call_soon_threadsafe(print)
    nested()
def nested():
    queue.put_nowait(1)  # <- wrong-thread
threading.Thread(target=worker).start()
async def main():
    with ThreadPoolExecutor() as pool:
        pass
async def handle(**options):
    await asyncio.to_thread(top(1))  # <- called-not-passed, blocking-network
    await asyncio.to_thread(top, 1)
    running = asyncio.get_running_loop()
    await running.run_in_executor(None, top, x=1)  # <- executor-keywords
    await asyncio.to_thread(top, *options)  # <- keywords-as-positional
    with ProcessPoolExecutor() as pool:  # <- pool-per-call
        pool.submit(lambda: 1)  # <- unpicklable-callable
        def local(): pass
        await running.run_in_executor(pool, local)  # <- unpicklable-callable
        pool.submit(top, 1)
`));

  it('locks, cancellation, groups and time-outs', () =>
    expectMarked(`
import asyncio, threading
lock = threading.Lock()
soft = asyncio.Lock()
async def job(): pass
async def main(task):
    with lock:  # <- thread-lock-across-await
        await job()
    with lock:
        pass
    async with soft:  # <- lock-held-long
        await asyncio.sleep(5)
    async with soft:
        await job()
    try:
        await job()
    except asyncio.CancelledError:  # <- cancel-swallowed
        pass
    try:
        await job()
    except BaseException:  # <- cancel-swallowed
        pass
    try:
        await job()
    except asyncio.CancelledError:
        raise
    except Exception:
        pass
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass
    try:
        await asyncio.gather(job(), job())  # <- gather-leaves-siblings
    except ValueError:
        pass
    await asyncio.wait_for(asyncio.to_thread(print), 1)  # <- timeout-leaves-thread
`));

  it('loops over awaits and generators left early', () =>
    expectMarked(`
import contextlib
async def job(x): pass
async def rows(): yield 1
async def main(items):
    results = []
    for item in items:
        results.append(await job(item))  # <- sequential-loop-await
    results = [await job(item) for item in items]  # <- sequential-loop-await
    for item in items:
        await job(item)
    async for row in rows():  # <- async-generator-left
        break
    async with contextlib.aclosing(rows()) as closing:
        async for row in closing:
            break
    async for row in rows():
        print(row)
`));
});
