import assert from 'node:assert/strict';
import { chainText, lint } from './project.js';

/** What blocks in `app.py` besides path calls, as `line subject`. */
async function blocking(app: string, helpers = ''): Promise<string[]> {
  const findings = await lint({ 'app.py': app, 'helpers.py': helpers });
  return findings
    .filter((finding) => finding.rule.startsWith('blocking-') && finding.file.endsWith('/app.py'))
    .map((finding) => `${finding.line} ${finding.subject ?? ''}`);
}

describe('what an annotation names', () => {
  const uses = (annotation: string, before = ''): string =>
    `import requests\nfrom typing import Annotated, NewType, Optional, TypeVar, Union\n${before}\nasync def f(x: ${annotation}):\n    x.get("u")\n`;

  it('is found through aliases, NewType and the bound of a TypeVar', async () => {
    for (const alias of [
      'T = NewType("T", requests.Session)',
      'T = Annotated[requests.Session, 1]',
      'T = Optional[requests.Session]',
      'T = Union[str, requests.Session]',
      'T = requests.Session | None',
      'type T = requests.Session | None',
      'T = TypeVar("T", bound=requests.Session)',
      'T = TypeVar("T", bound="requests.Session")',
    ])
      assert.deepEqual(await blocking(uses('T', alias)), ['5 requests.Session.get'], alias);
  });

  it('is nothing for a bare TypeVar, for which callers say what it is', async () => {
    assert.deepEqual(await blocking(uses('T', 'T = TypeVar("T")')), []);
    assert.deepEqual(
      await blocking(
        'import requests\nfrom helpers import same\nasync def f():\n    same(requests.Session()).get("u")\n',
        'from typing import TypeVar\nT = TypeVar("T")\ndef same(x: T) -> T:\n    return x\n',
      ),
      ['4 requests.Session.get'],
    );
  });

  it('is the class itself for Self, and type(self) makes another of it', async () => {
    const helpers = `import time
from typing import Self
class C:
    def own(self) -> Self: ...
    def other(self):
        return type(self)()
    def load(self):
        time.sleep(1)
`;
    assert.deepEqual(
      await blocking('from helpers import C\nasync def f():\n    C().own().load()\n    C().other().load()\n', helpers),
      ['3 time.sleep', '4 time.sleep'],
    );
  });

  it('is what isinstance says: in the branch, after an assertion, and after leaving where it is not', async () => {
    const helpers = 'import time\nclass C:\n    def load(self): time.sleep(1)\n';
    const app = `from helpers import C
async def f(x, y):
    if y and isinstance(x, C):
        x.load()
    x.load()
async def g(x):
    assert isinstance(x, C)
    x.load()
async def h(x):
    if not isinstance(x, C):
        return
    x.load()
async def i(x):
    if not isinstance(x, C):
        x = None
    x.load()
async def j(x, y):
    if y or isinstance(x, C):
        x.load()
`;
    assert.deepEqual(await blocking(app, helpers), ['4 time.sleep', '8 time.sleep', '12 time.sleep']);
  });
});

describe('values', () => {
  it('keep their place in a tuple', async () => {
    const helpers = `import requests
def pair():
    return 1, requests.Session()
def declared() -> tuple[requests.Session, int]: ...
def many() -> tuple[requests.Session, ...]: ...
class Other:
    def get(self, url): ...
def both():
    return Other(), requests.Session()
`;
    const app = `from helpers import both, declared, many, pair
async def f():
    number, session = pair()
    session.get("u")
    number.get("u")
    first, second = declared()
    first.get("u")
    declared()[0].get("u")
    declared()[1].get("u")
    many()[3].get("u")
    fine, session = both()
    fine.get("u")
    session.get("u")
`;
    assert.deepEqual(
      await blocking(app, helpers),
      [4, 7, 8, 10, 13].map((line) => `${line} requests.Session.get`),
    );
  });

  it('are found where an attribute is set from outside, or by the factory of a field', async () => {
    const helpers = `import requests
from dataclasses import dataclass, field
from typing import Any
class App: ...
class Plugin:
    def __init__(self, app: App):
        app.session = requests.Session()
@dataclass
class Settings:
    session: Any = field(default_factory=requests.Session)
`;
    const app = `from helpers import App, Settings
async def f(app: App, settings: Settings):
    app.session.get("u")
    settings.session.get("u")
    app.other.get("u")
`;
    assert.deepEqual(await blocking(app, helpers), ['3 requests.Session.get', '4 requests.Session.get']);
  });

  it('are found in the state of an application, from where it is set', async () => {
    const helpers = `import requests
from contextlib import asynccontextmanager
from fastapi import FastAPI
@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.session = requests.Session()
    yield
`;
    const app = `from fastapi import FastAPI
from starlette.requests import Request
app = FastAPI()
async def f(request: Request):
    request.app.state.session.get("u")
    app.state.session.get("u")
    request.state.session.get("u")
`;
    assert.deepEqual(await blocking(app, helpers), ['5 requests.Session.get', '6 requests.Session.get']);
  });

  it('are known of file systems, clients typed by stubs, and temporary folders', async () => {
    const app = `import fsspec, tempfile
from mypy_boto3_s3 import S3Client
async def f(client: S3Client):
    files, path = fsspec.core.url_to_fs("s3://a")
    files.ls(path)
    path.strip()
    client.copy_object()
    folder = tempfile.TemporaryDirectory()
    folder.cleanup()
`;
    assert.deepEqual(await blocking(app), [
      '5 fsspec.AbstractFileSystem.ls',
      '7 boto3.client.copy_object',
      '8 tempfile.TemporaryDirectory',
      '9 tempfile.TemporaryDirectory.cleanup',
    ]);
  });

  it('are what subclasses put in the place of an attribute that their base only names', async () => {
    const classes = (count: number, base: string): string =>
      Array.from({ length: count }, (_, number) => `class M${number}(${base}): pass\n`).join('');
    const services = (count: number): string =>
      Array.from({ length: count }, (_, number) => `class S${number}(Service):\n    model = M${number}\n`).join('');
    const helpers = (count: number, base: string): string =>
      `import time
class Model:
    @classmethod
    def load(cls):
        time.sleep(1)
class Other: pass
${classes(count, base)}class Service:
    model = None
    named = None
    @classmethod
    def get(cls):
        return cls.model.load()
    @classmethod
    def unnamed(cls):
        return cls.named.load()
${services(count)}`;
    const app = 'from helpers import S1\nasync def f():\n    S1.get()\n    S1.unnamed()\n';
    assert.deepEqual(await blocking(app, helpers(2, 'Model')), ['3 time.sleep']);
    // Of many it is what they have in common.
    assert.deepEqual(await blocking(app, helpers(30, 'Model')), ['3 time.sleep']);
    assert.deepEqual(await blocking(app, helpers(30, 'Other')), []);
    assert.deepEqual(await blocking(app, helpers(30, 'object')), []);
  });

  it('are any of the classes in a table, however long their names', async () => {
    const name = (number: number): string => `AStorageWithARatherLongNameThatIsNumber${number}`;
    const numbers = [0, 1, 2, 3, 4, 5, 6, 7];
    const table = numbers.map((number) => `        "${number}": ${name(number)},\n`).join('');
    const helpers = `import time
${numbers.map((number) => `class ${name(number)}:\n    def put(self): time.sleep(1)\n`).join('')}class Factory:
    table = {
${table}    }
    @classmethod
    def create(cls, kind):
        return cls.table[kind]()
STORAGE = None
def start(kind):
    global STORAGE
    STORAGE = Factory.create(kind)
`;
    const app = 'import helpers\nasync def f():\n    helpers.STORAGE.put()\n';
    assert.deepEqual(await blocking(app, helpers), ['3 time.sleep']);
  });

  it('are not those under the other keys of a table that holds many things of several kinds', async () => {
    const helpers = `import time
class A:
    def __init__(self): time.sleep(1)
class B: pass
def load(): time.sleep(1)
def other(): pass
def names():
    return {"A": A, "B": B, "load": load, "other": other, "more": lambda: 1}
def few():
    return {"A": A, "load": load}
`;
    const app = `from helpers import few, names
async def f():
    names()["B"]()
    few()["A"]()
`;
    assert.deepEqual(await blocking(app, helpers), ['4 time.sleep']);
  });

  it('are those of an attribute that is set on a FastAPI application', async () => {
    const app = `import requests
from fastapi import FastAPI, Request
class Plus:
    def upload(self):
        return requests.post("u")
def create():
    app = FastAPI()
    app.plus = Plus()
    return app
async def f(request: Request):
    request.app.plus.upload()
    request.app.minus.upload()
`;
    assert.deepEqual(await blocking(app), ['11 requests.post']);
  });

  it('are queries of an ORM until something runs them', async () => {
    const app = `from peewee import Model
class Base(Model):
    @classmethod
    def all(cls):
        found = cls.select().where(1)
        return [each for each in found]
class Event(Base):
    pass
async def f():
    query = Event.select().where(1).order_by(2)
    row = query.dicts().get()
    row.get("a")
    Event.update(a=1).where(1).execute()
    for one in query:
        one.save()
    Event.all()
    Event.get_by_id(1)
`;
    assert.deepEqual(await blocking(app), [
      '11 peewee.BaseQuery.get',
      '13 peewee.BaseQuery.execute',
      '14 peewee.BaseQuery.__iter__',
      '16 peewee.BaseQuery.__iter__',
      '17 peewee.Model.get_by_id',
    ]);
  });

  it("come back from the project's own way to a thread", async () => {
    const helpers = `import asyncio
class Core:
    def run_in_executor(self, function, *args):
        return asyncio.get_running_loop().run_in_executor(None, function, *args)
class Base:
    core: Core
    def in_thread(self, function, *args):
        return self.core.run_in_executor(function, *args)
    def wrongly_in_thread(self, function, *args):
        return asyncio.sleep(1, function)
`;
    const app = `import requests
from helpers import Base
class A(Base):
    async def f(self):
        session = await self.in_thread(requests.Session)
        session.get("u")
        session = await self.wrongly_in_thread(requests.Session)
        session.get("u")
`;
    assert.deepEqual(await blocking(app, helpers), ['6 requests.Session.get']);
  });
});

describe('code that runs without being called by name', () => {
  it('is that of properties, those of other files too, and not of attributes of the same name', async () => {
    const helpers = `import requests
from functools import cached_property
class C:
    @property
    def data(self):
        return requests.get("u").json()
    @cached_property
    def more(self):
        return requests.get("u").json()
class Plain:
    def __init__(self):
        self.data = 1
`;
    const app = `from helpers import C, Plain
class Owner:
    def __init__(self):
        self.c = C()
        self.plain = Plain()
    async def f(self):
        return self.c.data
    async def g(self):
        return self.plain.data
async def f(c: C, plain: Plain, unknown):
    print(c.more["a"], plain.data, unknown.data)
    c.data = 3
    print(c.more)
`;
    assert.deepEqual(await blocking(app, helpers), ['7 requests.get', '11 requests.get', '13 requests.get']);
  });

  it('is that of generators made before, of __iter__, and of contexts entered by a stack', async () => {
    const helpers = `import time
from contextlib import contextmanager
def generate():
    time.sleep(1)
    yield 1
def listed():
    time.sleep(1)
    return [1]
class Rows:
    def __iter__(self):
        time.sleep(1)
        yield 1
@contextmanager
def held():
    time.sleep(1)
    yield
`;
    const app = `from contextlib import ExitStack
from helpers import Rows, generate, held, listed
async def f():
    made = generate()
    for one in made:
        print(one)
    next(made)
    for row in Rows():
        print(row)
    [row for row in Rows()]
    with ExitStack() as stack:
        stack.enter_context(held())
async def g():
    rows = listed()
    for row in rows:
        print(row)
`;
    assert.deepEqual(
      await blocking(app, helpers),
      [5, 7, 8, 10, 12, 14].map((line) => `${line} time.sleep`),
    );
  });

  it('is that of the wrapper a decorator puts in the place of a function', async () => {
    const helpers = `import functools, time
def retried(times):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args):
            time.sleep(times)
            return function(*args)
        return wrapper
    return decorate
def plain(function):
    def wrapper(*args):
        return function(*args)
    return wrapper
@retried(3)
def first(): ...
@plain
def second(): ...
`;
    const findings = await lint({
      'helpers.py': helpers,
      'app.py': 'from helpers import first, second\nasync def f():\n    first()\n    second()\n',
    });
    assert.deepEqual(findings.map(chainText), ['f@3 > retried.decorate.wrapper@6']);
  });
});

describe('what may run in the place of a method', () => {
  it('is that of a class with all methods of a protocol, and the same parameters', async () => {
    const helpers = `from typing import Protocol
import time
class Store(Protocol):
    def load(self, key): ...
    def save(self, key, value): ...
class Fits:
    def load(self, key): time.sleep(1)
    def save(self, key, value): ...
class LacksOne:
    def load(self, key): time.sleep(2)
class DiffersInOne:
    def load(self, path): time.sleep(3)
    def save(self, key, value): ...
`;
    const app = 'from helpers import Store\nasync def f(store: Store):\n    store.load(1)\n    store.save(1, 2)\n';
    const findings = await lint({ 'app.py': app, 'helpers.py': helpers });
    assert.deepEqual(findings.map(chainText), ['f@3 > Fits.load@7']);
    assert.match(findings[0]?.message ?? '', /^may block/);
  });

  it('is that of the classes a mixin is mixed into', async () => {
    const helpers = `class Mixin:
    async def run(self):
        self.load()
        self.other()
`;
    const app = `import time
from helpers import Mixin
class Mixed(Mixin):
    def load(self): time.sleep(1)
class Unrelated:
    def other(self): time.sleep(1)
`;
    const findings = await lint({ 'app.py': app, 'helpers.py': helpers });
    assert.deepEqual(findings.map(chainText), ['Mixin.run@3 > Mixed.load@4']);
  });
});
