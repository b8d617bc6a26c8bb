import assert from 'node:assert/strict';
import { DEFAULT_CONFIG } from '../../extension/lint/config/config.js';
import { attachFixes, projectOf } from '../../extension/lint/fix/apply.js';
import { applyEdits } from '../../extension/lint/fix/edits.js';
import { lineStartsOf } from '../../extension/lint/syntax/node.js';
import { fileEntry } from '../../extension/lint/resolve/values.js';
import { summarize } from '../../extension/lint/summary/extract.js';
import { lint, sharedParser, withFolder } from './project.js';

/** A file after the fix that uses an asynchronous twin for the first finding that offers one, and what is found then; null without one. */
async function twinned(source: string, libraries: readonly string[]): Promise<{ text: string; left: string[] } | null> {
  const parser = await sharedParser();
  const findings = await lint({ 'app.py': source });
  attachFixes(source, findings, parser, { oldestPython: 9, libraries: new Set(libraries) });
  const fixes = findings.flatMap(({ fix, alternative }) => [fix ?? [], alternative ?? []].flat());
  const fix = fixes.find(({ title }) => /AsyncClient|aiofiles|redis\.asyncio/.test(title));
  if (fix === undefined) return null;
  assert.equal(fix.safe, false);
  const text = applyEdits(source, lineStartsOf(source), fix.edits);
  assert.ok(!parser.parse(text).hasError, text);
  return { text, left: (await lint({ 'app.py': text })).map(({ rule }) => rule) };
}

describe('the asynchronous twin of a library', () => {
  it('is entered where a client of httpx is, and all its requests are awaited', async () => {
    const done = await twinned(
      `import httpx

async def load(url):
    with httpx.Client(timeout=3) as client:
        first = client.get(url).json()
        return [first, client.post(url, json={"a": 1})]
`,
      ['httpx'],
    );
    assert.deepEqual(done, {
      text: `import httpx

async def load(url):
    async with httpx.AsyncClient(timeout=3) as client:
        first = (await client.get(url)).json()
        return [first, await client.post(url, json={"a": 1})]
`,
      left: [],
    });
  });

  it('makes the request of a function of httpx, its arguments as they were written', async () => {
    const done = await twinned(
      `import httpx

async def load(url):
    if url:
        data = httpx.get(
            url,
            headers={"a": "b"},  # polite
        ).json()["items"]
    return data
`,
      ['httpx'],
    );
    assert.deepEqual(done, {
      text: `import httpx

async def load(url):
    if url:
        async with httpx.AsyncClient() as client:
            data = (await client.get(
                url,
                headers={"a": "b"},  # polite
            )).json()["items"]
    return data
`,
      left: [],
    });
  });

  it('opens, reads, iterates and writes files, where the project has aiofiles', async () => {
    const source = `async def copy(path, other):
    with open(path) as source:
        head = source.readline().strip()
        for line in source:
            print(head, line)
`;
    assert.equal(await twinned(source, []), null);
    assert.deepEqual(await twinned(source, ['aiofiles']), {
      text: `import aiofiles
async def copy(path, other):
    async with aiofiles.open(path) as source:
        head = (await source.readline()).strip()
        async for line in source:
            print(head, line)
`,
      left: [],
    });
  });

  it('is that of redis, where a client is made and used in one function', async () => {
    const source = `from redis import Redis

async def load(key):
    cache = Redis.from_url("redis://")
    if cache.exists(key):
        return cache.get(key).decode()
    cache.set(key, "1", ex=3)
`;
    assert.equal(await twinned(source, ['redis']), null);
    assert.deepEqual(await twinned(source, ['redis.asyncio']), {
      text: `import redis.asyncio
from redis import Redis

async def load(key):
    cache = redis.asyncio.Redis.from_url("redis://")
    if await cache.exists(key):
        return (await cache.get(key)).decode()
    await cache.set(key, "1", ex=3)
`,
      left: [],
    });
    const entered = `import redis

async def load(key):
    with redis.Redis(port=1) as cache:
        return cache.get(key)
`;
    const done = await twinned(entered, ['redis.asyncio']);
    assert.match(
      done?.text ?? '',
      /async with redis\.asyncio\.Redis\(port=1\) as cache:\n {8}return await cache\.get\(key\)/,
    );
    assert.deepEqual(done?.left, []);
  });

  it('is not that of redis where the client is shared, passed on or does more than commands', async () => {
    const bodies = [
      '    shared.get(key)\n',
      '    cache = redis.Redis()\n    cache.get(key)\n    return cache\n',
      '    cache = redis.Redis()\n    cache.pipeline().get(key)\n    cache.get(key)\n',
      '    cache = redis.Redis()\n    cache.get(key)\n    cache = redis.Redis(port=1)\n',
      '    cache = redis.Redis()\n    use(lambda: cache.get(key))\n    cache.get(key)\n',
      '    redis = other.Redis()\n    redis.get(key)\n',
    ];
    for (const body of bodies)
      assert.equal(
        await twinned(`import redis\nimport redis as other\nshared = redis.Redis()\nasync def f(key, use):\n${body}`, [
          'redis.asyncio',
        ]),
        null,
        body,
      );
  });

  it('is known to be there from what the project asks for or already imports', async () => {
    const asked = async (files: Record<string, string>): Promise<boolean> =>
      withFolder(files, async (folder) => {
        const source = files['app.py'] ?? '';
        const entry = fileEntry(`${folder}/app.py`, summarize((await sharedParser()).parse(source)));
        return projectOf({ files: [entry], roots: [folder], config: DEFAULT_CONFIG }).libraries.has('redis.asyncio');
      });
    assert.ok(await asked({ 'pyproject.toml': '[project]\ndependencies = ["httpx", "redis[hiredis]>=4.5"]\n' }));
    assert.ok(await asked({ 'pyproject.toml': '[tool.poetry.dependencies]\nredis = "^5.0"\n' }));
    assert.ok(await asked({ 'requirements.txt': 'redis==4.2.0\n' }));
    assert.ok(await asked({ 'app.py': 'from redis import asyncio as aioredis\n' }));
    assert.ok(!(await asked({ 'requirements.txt': 'redis>=3.5\nhiredis>=6.0\nredis-om>=9.1\n' })));
    assert.ok(!(await asked({ 'requirements.txt': 'redis\n', 'app.py': 'import redis\n' })));
  });

  it('is not offered where what is used has none, or would be used after it is closed', async () => {
    const bodies = [
      '    with open(path) as file:\n        return json.load(file)\n',
      '    with open(path) as file:\n        return [line for line in file]\n',
      '    with open(path) as file:\n        text = file.read()\n    return file.closed\n',
      '    with open(path) as file, lock:\n        return file.read()\n',
      '    with httpx.Client(transport=path) as client:\n        client.get("u")\n',
      '    with httpx.Client() as client:\n        client.get("u")\n        use(client)\n',
      '    return httpx.get("u", verify=False)\n',
      '    client = httpx.Client()\n    return client.get("u")\n',
    ];
    for (const body of bodies)
      assert.equal(
        await twinned(`import json, httpx\nasync def f(path, lock, use):\n${body}`, ['aiofiles']),
        null,
        body,
      );
  });
});
