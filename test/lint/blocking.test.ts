import assert from 'node:assert/strict';
import { brief, chainText, lint } from './project.js';

describe('blocking calls made directly in a coroutine', () => {
  it('are found through import aliases, with the line and column of the call', async () => {
    const [finding, ...rest] = await lint({
      'app.py': 'import time as clock\n\nasync def tick():\n    clock.sleep(1)\n',
    });
    assert.equal(rest.length, 0);
    assert.deepEqual(
      [finding?.line, finding?.column, finding?.endLine, finding?.endColumn, finding?.rule, finding?.severity],
      [4, 5, 4, 16, 'blocking-sleep', 'warning'],
    );
    assert.deepEqual(finding?.chain, []);
  });

  it('are found on objects, by construction, annotation, with, attribute and return type', async () => {
    const found = await lint({
      'app.py': `
import sqlite3
import requests
from pathlib import Path

def make() -> requests.Session: ...
def build():
    return requests.Session()

class Service:
    declared: requests.Session
    def __init__(self):
        self.database = sqlite3.connect('x')
    async def work(self, path: Path):
        session = requests.Session()
        session.get('u')
        with requests.Session() as other:
            other.post('u')
        make().get('u')
        build().put('u')
        self.declared.get('u')
        cursor = self.database.cursor()
        cursor.execute('select 1')
        (path / 'x').read_text()
`,
    });
    assert.deepEqual(brief(found), [
      'app.py:16 blocking-network warning',
      'app.py:18 blocking-network warning',
      'app.py:19 blocking-network warning',
      'app.py:20 blocking-network warning',
      'app.py:21 blocking-network warning',
      'app.py:23 blocking-file warning',
      'app.py:24 blocking-file warning',
    ]);
  });

  it('are not confused with asynchronous twins, harmless arguments or unknown objects', async () => {
    const found = await lint({
      'app.py': `
import asyncio, threading, time, queue
import httpx
import redis.asyncio as redis

async def work(client, items: asyncio.Queue):
    time.sleep(0)
    await asyncio.sleep(1)
    async with httpx.AsyncClient() as http:
        await http.get('u')
    client.get('u')
    connection = redis.Redis()
    await connection.get('k')
    await items.get()
    threading.Event().wait(timeout=0)
    queue.Queue().get(block=False)
`,
    });
    assert.deepEqual(brief(found), []);
  });

  it('follow branches: each starts from what was known before it', async () => {
    const found = await lint({
      'app.py': `
import requests, httpx
async def work(flag, client: httpx.AsyncClient | requests.Session):
    if isinstance(client, httpx.AsyncClient):
        await client.get('u')
    if isinstance(client, requests.Session):
        client.get('u')
    if flag:
        session = httpx.AsyncClient()
        await session.get('u')
    else:
        session = requests.Session()
        session.get('u')
    other = None
    if flag:
        other = requests.Session()
        return other
    other.get('u')
`,
    });
    assert.deepEqual(
      found.map((finding) => finding.line),
      [7, 13],
    );
  });

  it('count stat-class path calls as hints', async () => {
    const found = await lint({ 'app.py': 'import os\nasync def f():\n    os.path.exists("x")\n' });
    assert.deepEqual(brief(found), ['app.py:3 blocking-path hint']);
  });

  it('are found in sync callbacks and protocol methods that the loop itself calls', async () => {
    const found = await lint({
      'app.py': `
import asyncio, time

def later():
    time.sleep(1)

class Echo(asyncio.Protocol):
    def data_received(self, data):
        time.sleep(1)

async def main():
    asyncio.get_running_loop().call_later(1, later)
`,
    });
    assert.deepEqual(brief(found), ['app.py:5 blocking-sleep warning', 'app.py:9 blocking-sleep warning']);
  });
});

describe('what a name stands for', () => {
  /** The lines of `app.py` on which something blocks. */
  const lines = async (source: string, more: Record<string, string> = {}): Promise<number[]> =>
    (await lint({ 'app.py': source, ...more })).filter((one) => one.file.endsWith('app.py')).map((one) => one.line);

  it('is for a parameter what its callers pass, or its default', async () => {
    const found = await lines(
      `
import requests
class Client:
    def __init__(self, session, retry=requests.Session()):
        self.session = session
        self.retry = retry
    async def fetch(self):
        self.session.get('u')
        self.retry.get('u')
async def load(client, call, *, other: requests.Session):
    call('u')
    client.close()
    other.get('u')
async def main():
    await load(Client(requests.Session()), requests.get, other=None)
`,
    );
    assert.deepEqual(found, [8, 9, 11, 13]);
  });

  it('is for a parameter not what another caller passes to be called', async () => {
    const found = await lines(
      `
import time
def run(action):
    return action()
def slow():
    time.sleep(1)
async def quick():
    run(dict)
async def main():
    run(slow)
`,
    );
    assert.deepEqual(found, [10]);
  });

  it('is for a parameter nothing where callers pass too many things', async () => {
    const classes = Array.from(
      { length: 6 },
      (_, index) => `class C${index}:\n    def go(self):\n        ${index === 0 ? 'time.sleep(1)' : 'pass'}\n`,
    );
    const calls = classes.map((_, index) => `    await use(C${index}())\n`);
    assert.deepEqual(
      await lines(
        `import time\n${classes.join('')}async def use(thing):\n    thing.go()\nasync def main():\n${calls.join('')}`,
      ),
      [],
    );
  });

  it('is for what a container gives what was put into it', async () => {
    const found = await lines(
      `
import requests
class Pool:
    def __init__(self):
        self.sessions = []
        self.named = {}
    def add(self, name):
        self.sessions.append(requests.Session())
        self.named[name] = requests.Session()
    async def all(self):
        for number, session in enumerate(self.sessions):
            session.get('u')
        for name, session in self.named.items():
            session.get('u')
        self.named['x'].get('u')
        local = []
        local.append(requests.Session())
        [each.get('u') for each in local]
        for number, session in zip([1], self.sessions):
            session.get('u')
`,
    );
    assert.deepEqual(found, [12, 14, 15, 18, 20]);
  });

  it('is for an attribute what a method assigns, though the class body says None or Any', async () => {
    const found = await lines(
      `
from typing import Any
import requests
class Client:
    session = None
    other: Any = None
    async def fetch(self):
        self.session.get('u')
        self.other.get('u')
        getattr(self.other, 'post', None)('u')
    def open(self):
        self.session = requests.Session()
        self.other = requests.Session()
`,
    );
    assert.deepEqual(found, [8, 9, 10]);
  });

  it('is for the product of a factory any of its classes, and for what an executor gives what its function returns', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `Engine${index}`);
    const found = await lines(
      `import asyncio, requests
from engines import make
def connect():
    return requests.Session()
async def main(name):
    make(name)().run()
    session = await asyncio.get_running_loop().run_in_executor(None, connect)
    session.get('u')
`,
      {
        'engines.py': [
          'import time',
          ...names.map(
            (name, index) => `class ${name}:\n    def run(self):\n        ${index === 11 ? 'time.sleep(1)' : 'pass'}`,
          ),
          'def make(name):',
          ...names.map((name) => `    if name == "${name}":\n        return ${name}`),
          '',
        ].join('\n'),
      },
    );
    assert.deepEqual(found, [6, 8]);
  });

  it('is for what a framework injects what the function gives', async () => {
    const found = await lines(
      `
import requests
from fastapi import Depends
def session():
    with requests.Session() as made:
        yield made
async def endpoint(http=Depends(session)):
    http.get('u')
`,
    );
    assert.deepEqual(found, [8]);
  });

  it('is for a decorated function itself, where the wrapper for its kind calls it', async () => {
    const found = await lines(
      `
import functools, inspect, requests
def traced(function):
    @functools.wraps(function)
    async def later(*arguments):
        return await function(*arguments)
    @functools.wraps(function)
    def now(*arguments):
        return function(*arguments)
    return later if inspect.iscoroutinefunction(function) else now
@traced
def load():
    return requests.get('u')
@traced
async def connect():
    return requests.Session()
async def main():
    load()
    session = await connect()
    session.get('u')
`,
    );
    assert.deepEqual(found, [18, 20]);
  });

  it('is one for a class of a library, from wherever it is imported, but not for its asynchronous twin', async () => {
    const found = await lines(
      `
from exa_py.api import Exa
from openai import OpenAI, AsyncOpenAI
from redis.asyncio.client import Redis
from google.cloud.storage import Blob
async def main(blob: Blob):
    Exa('key').get_contents(['u'])
    OpenAI().chat.completions.create(model='m')
    await AsyncOpenAI().chat.completions.create(model='m')
    Redis().get('k')
    blob.download_as_text()
    blob.name.split('/')
`,
    );
    assert.deepEqual(found, [7, 8, 11]);
  });

  it('is for a method that does nothing any implementation of it', async () => {
    const found = await lint({
      'app.py': `
import subprocess
class Manager:
    def update(self, name) -> bool:
        del name
        return True
class Pip(Manager):
    def update(self, name) -> bool:
        subprocess.run(['pip', name])
        return True
async def install(manager: Manager):
    manager.update('x')
`,
    });
    assert.deepEqual(brief(found), ['app.py:12 blocking-process information']);
  });
});

describe('blocking calls through helpers', () => {
  it('are reported in every coroutine that reaches them, with the whole chain', async () => {
    const found = await lint({
      'pkg/__init__.py': 'from .net import load\n',
      'pkg/net.py':
        'import requests\n\ndef load():\n    return fetch()\n\ndef fetch():\n    return requests.get("u")\n',
      'app.py':
        'from pkg import load as get_it\nimport pkg.net\n\nasync def one():\n    get_it()\n\nasync def two():\n    pkg.net.load()\n',
    });
    assert.deepEqual(brief(found), ['app.py:5 blocking-network warning', 'app.py:8 blocking-network warning']);
    assert.equal(chainText(found[0]), 'one@5 > load@4 > fetch@7');
    assert.match(found[0]?.message ?? '', /load\(\) → fetch\(\) → requests\.get/);
  });

  it('are found through methods, bases, constructors, generators, properties, context managers and nested functions', async () => {
    const found = await lint({
      'app.py': `
import time
from contextlib import contextmanager

class Base:
    def pause(self):
        time.sleep(1)
    def __enter__(self):
        time.sleep(1)
    def __exit__(self, *a): pass

class Child(Base):
    def __init__(self):
        time.sleep(1)
    @property
    def size(self):
        time.sleep(1)

@contextmanager
def held():
    time.sleep(1)
    yield

def rows():
    time.sleep(1)
    yield 1

async def work(child: Child):
    child.pause()
    Child()
    for row in rows():
        pass
    child.size
    with held():
        pass
    with child:
        pass
    def inner():
        time.sleep(1)
    inner()
    rows()
`,
    });
    assert.deepEqual(
      found.map((finding) => finding.line),
      [29, 30, 31, 33, 34, 36, 40],
    );
  });

  it('are "possible", a step lower, through an abstract method', async () => {
    const found = await lint({
      'app.py': `
import abc, time
class Store(abc.ABC):
    @abc.abstractmethod
    def save(self): ...
class Disk(Store):
    def save(self):
        time.sleep(1)
async def work(store: Store):
    store.save()
`,
    });
    assert.deepEqual(brief(found), ['app.py:10 blocking-sleep information']);
    assert.match(found[0]?.message ?? '', /may block/);
  });

  it("end at functions handed to a thread, the project's own offload helpers and offloading decorators included", async () => {
    const found = await lint({
      'app.py': `
import asyncio, functools, time, threading
from concurrent.futures import ThreadPoolExecutor

def slow(): time.sleep(1)

async def offload(function, *arguments):
    return await asyncio.get_running_loop().run_in_executor(None, functools.partial(function, *arguments))

def in_thread(function):
    async def wrapper(*arguments):
        return await asyncio.to_thread(function, *arguments)
    return wrapper

@in_thread
def decorated(): time.sleep(1)

async def work(pool: ThreadPoolExecutor):
    await asyncio.to_thread(slow)
    await offload(slow)
    await offload(lambda: slow())
    pool.submit(slow)
    threading.Thread(target=slow).start()
    await decorated()
`,
    });
    assert.deepEqual(brief(found), []);
  });

  it('follow a function that calls its argument, and survive recursion', async () => {
    const found = await lint({
      'app.py': `
import time
def apply(action): return action()
def slow(): time.sleep(1)
def ping(n): return pong(n - 1)
def pong(n):
    time.sleep(1)
    return ping(n)
async def work():
    apply(slow)
    ping(3)
`,
    });
    assert.deepEqual(brief(found), ['app.py:10 blocking-sleep warning', 'app.py:11 blocking-sleep warning']);
  });

  it('cross src layouts, namespace packages, star imports and relative imports', async () => {
    const found = await lint({
      'src/core/io.py': 'import time\ndef slow():\n    time.sleep(1)\n',
      'src/core/__init__.py': 'from .io import *\n',
      'plugins/extra/deep.py': 'import time\ndef slower():\n    time.sleep(1)\n',
      'src/core/web/__init__.py': '',
      'src/core/web/views.py':
        'from .. import slow\nfrom ..io import slow as again\nfrom plugins.extra.deep import slower\nasync def view():\n    slow()\n    again()\n    slower()\n',
    });
    assert.deepEqual(
      found.map((finding) => finding.line),
      [5, 6, 7],
    );
  });

  it('are still found in a file that is being typed', async () => {
    const found = await lint({
      'app.py': 'import time\n\nasync def f():\n    time.sleep(1)\n    x = foo(\n\nasync def g():\n    time.sleep(2)\n',
    });
    assert.ok(found.some((finding) => finding.line === 4 && finding.rule === 'blocking-sleep'));
  });
});

describe('silencing', () => {
  it('honours noqa and loopscope comments and reports stale ones', async () => {
    const found = await lint({
      'app.py': `
import time
async def f():
    time.sleep(1)  # noqa: ASYNC251
    time.sleep(1)  # noqa
    time.sleep(1)  # loopscope: ignore[blocking-sleep] measured, harmless
    time.sleep(1)  # loopscope: ignore[blocking-file]
    time.sleep(1)  # noqa: E501
`,
    });
    assert.deepEqual(brief(found), [
      'app.py:7 blocking-sleep warning',
      'app.py:7 stale-ignore information',
      'app.py:8 blocking-sleep warning',
    ]);
  });

  it('honours severities by rule and by path', async () => {
    const source = 'import time\nasync def f():\n    time.sleep(1)\n';
    const found = await lint(
      { 'app.py': source, 'tests/test_app.py': source },
      {
        rules: new Map([['blocking-sleep', 'error']]),
        paths: [{ matches: (path) => path.startsWith('tests/'), rules: new Map([['blocking-sleep', 'off']]) }],
      },
    );
    assert.deepEqual(brief(found), ['app.py:3 blocking-sleep error']);
  });
});
