import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  FRAME_KIND_JSON,
  FrameDecoder,
  MAX_FRAME_BYTES,
  decodeFromViewer,
  encodeFrame,
  encodeMessage,
  type FromRuntime,
  type FromViewer,
  type Hello,
} from '../protocol';
import { aHello, anUpdate, aSite, aTask } from '../model/testing';
import { Sessions } from '../model';
import type { Connection } from './connection';
import { feed } from './feed';
import type { Refusal } from './handshake';
import { Listener } from './listener';
import { PathMap } from './pathMapping';

/** A runtime as the wire sees it. */
class Dialler {
  private readonly decoder = new FrameDecoder();
  private readonly messages: FromViewer[] = [];
  private wake: () => void = () => undefined;

  private constructor(public readonly socket: Socket) {
    socket.on('data', (chunk) => {
      for (const frame of this.decoder.push(chunk)) this.messages.push(decodeFromViewer(frame.payload));
      this.wake();
    });
    socket.on('error', () => undefined);
  }

  static async to(listener: Listener): Promise<Dialler> {
    const socket = connect(Number(listener.address.split(':')[2]), '127.0.0.1');
    await once(socket, 'connect');
    return new Dialler(socket);
  }

  send(...messages: readonly FromRuntime[]): void {
    for (const message of messages) this.socket.write(encodeMessage(message));
  }

  async received(): Promise<FromViewer> {
    for (;;) {
      const message = this.messages.shift();
      if (message) return message;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  get unread(): number {
    return this.messages.length;
  }
}

function unexpected(sentence: string): never {
  throw new Error(sentence);
}

describe('the listener', () => {
  let listener: Listener;
  let welcomed: Promise<Connection>;
  let refused: Promise<Refusal>;

  async function listen(handshakeTimeoutMs = 5000): Promise<void> {
    let welcome: (connection: Connection) => void = () => undefined;
    let refuse: (refusal: Refusal) => void = () => undefined;
    welcomed = new Promise((resolve) => (welcome = resolve));
    refused = new Promise((resolve) => (refuse = resolve));
    listener = await Listener.start({
      wishes: () => ({ interval_ms: 100, threshold_ms: 50 }),
      welcomed: (connection) => welcome(connection),
      refused: (refusal) => refuse(refusal),
      handshakeTimeoutMs,
    });
  }

  beforeEach(() => listen());
  afterEach(() => listener.close());

  function auth(change: object = {}): FromRuntime {
    return { type: 'auth', protocol: 1, token: listener.token, role: 'runtime', ...change };
  }

  async function runtime(change: Partial<Hello> = {}): Promise<{ dialler: Dialler; connection: Connection }> {
    const dialler = await Dialler.to(listener);
    dialler.send(auth(), aHello(change));
    return { dialler, connection: await welcomed };
  }

  it('welcomes a runtime that shows the token, and says what it wants', async () => {
    const { dialler, connection } = await runtime();
    assert.deepEqual(await dialler.received(), { type: 'welcome', protocol: 1, interval_ms: 100, threshold_ms: 50 });
    assert.equal(connection.hello.process.pid, 4127);
  });

  it('listens on loopback only, with a token of 256 bits', () => {
    assert.match(listener.address, /^tcp:127\.0\.0\.1:\d+$/u);
    assert.equal(Buffer.from(listener.token, 'base64url').length, 32);
  });

  it('hands over what comes in one piece with the introduction', async () => {
    const eager = new Promise<number>((resolve, reject) => {
      void Listener.start({
        wishes: () => ({ interval_ms: 100, threshold_ms: null }),
        welcomed: (connection) => void connection.on('update', (update) => resolve(update.seq)),
        refused: ({ reason }) => reject(new Error(reason)),
      }).then(async (other) => {
        const dialler = await Dialler.to(other);
        const messages = [auth({ token: other.token }), aHello(), anUpdate(7, { snapshot: true })];
        dialler.socket.write(Buffer.concat(messages.map((message) => encodeMessage(message))));
        await eager;
        await other.close();
      }, reject);
    });
    assert.equal(await eager, 7);
  });

  const strangers: readonly (readonly [name: string, send: (dialler: Dialler) => void, reason: RegExp])[] = [
    ['a wrong token', (dialler) => dialler.send(auth({ token: 'guess' })), /showed a wrong token/u],
    ['a viewer', (dialler) => dialler.send(auth({ role: 'viewer' })), /Only an inspected program/u],
    [
      'an older protocol',
      (dialler) => dialler.send(auth({ protocol: 0 })),
      /protocol 0 .* update the loopscope package/u,
    ],
    ['a newer protocol', (dialler) => dialler.send(auth({ protocol: 9 })), /protocol 9 .* update the Loopscope ext/u],
    ['no token', (dialler) => dialler.send(aHello()), /did not begin with its token/u],
    ['garbage', (dialler) => dialler.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), /not a Loopscope stream/u],
    ['no JSON', (dialler) => dialler.socket.write(encodeFrame(FRAME_KIND_JSON, Buffer.from('{'))), /not JSON/u],
    [
      'too much before the token',
      (dialler) => dialler.send(auth({ token: 'x'.repeat(5000) })),
      /frame of \d+ bytes is announced, at most 4096/u,
    ],
    ['nothing, and goes', (dialler) => dialler.socket.end(), /closed before it had introduced itself/u],
    ['no hello after the token', (dialler) => dialler.send(auth(), anUpdate(1)), /“update” where “hello”/u],
    ['a hello of another protocol', (dialler) => dialler.send(auth(), aHello({ protocol: 2 })), /protocol 2/u],
  ];
  for (const [name, send, reason] of strangers) {
    it(`refuses ${name}: one sentence, and the socket is closed`, async () => {
      const dialler = await Dialler.to(listener);
      const closed = once(dialler.socket, 'close');
      send(dialler);
      assert.match((await refused).reason, reason);
      dialler.socket.resume();
      await closed;
      if (dialler.unread > 0) {
        const answer = await dialler.received();
        assert.ok(answer.type === 'refuse');
        assert.match(answer.reason, reason);
      }
    });
  }

  it('tells a program of another protocol why, and which launch it was', async () => {
    const dialler = await Dialler.to(listener);
    dialler.send(auth(), aHello({ protocol: 2, session: 'launch-1' }));
    assert.deepEqual([(await refused).session, (await refused).trusted], ['launch-1', true]);
    const answer = await dialler.received();
    assert.equal(answer.type, 'refuse');
  });

  it('closes on who does not introduce itself in time', async () => {
    await listener.close();
    await listen(1);
    const dialler = await Dialler.to(listener);
    assert.match((await refused).reason, /did not introduce itself within 0\.001 s/u);
    await once(dialler.socket.resume(), 'close');
  });

  it('answers a request with what the runtime says', async () => {
    const { dialler, connection } = await runtime();
    await dialler.received();
    const answer = connection.request({ command: 'await-stack', task: 3 });
    const request = await dialler.received();
    assert.ok(request.type === 'request');
    assert.deepEqual([request.command, request.task], ['await-stack', 3]);
    dialler.send({ type: 'response', id: request.id, error: null, frames: [aSite(1)] });
    assert.deepEqual((await answer).frames, [aSite(1)]);
  });

  it('rejects a request with the runtime’s reason, in time, and when the program goes', async () => {
    const { dialler, connection } = await runtime();
    await dialler.received();
    const refusedByRuntime = assert.rejects(connection.request({ command: 'await-stack', task: 3 }), /No task 3\./u);
    const request = await dialler.received();
    assert.ok(request.type === 'request');
    dialler.send({ type: 'response', id: request.id, error: 'No task 3.' });
    await refusedByRuntime;
    await assert.rejects(connection.request({ command: 'snapshot' }, 1), /did not answer “snapshot” in 0\.001 s/u);
    const cut = assert.rejects(connection.request({ command: 'snapshot' }), /closed before it answered/u);
    dialler.socket.destroy();
    await cut;
    await assert.rejects(connection.request({ command: 'snapshot' }), /is closed/u);
  });

  it('closes a connection that sends what the protocol does not know, and the model says why', async () => {
    const { dialler, connection } = await runtime();
    const sessions = new Sessions();
    const log: string[] = [];
    const model = feed(
      connection,
      sessions,
      () => 0,
      (sentence) => log.push(sentence),
    );
    const closed = once(connection, 'closed');
    dialler.socket.write(encodeFrame(FRAME_KIND_JSON, Buffer.from('{"type":"update","seq":"one"}')));
    await closed;
    assert.match(log[0] ?? '', /process 4127 was closed: A message of type update is not as the protocol says/u);
    assert.equal(model.overview(0).end, 'lost');
    assert.equal(model.overview(0).notices[0]?.code, 'protocol');
  });

  it('does not read a frame longer than the protocol allows', async () => {
    const { dialler, connection } = await runtime();
    const closed = once(connection, 'closed');
    const header = Buffer.alloc(5);
    header.writeUInt32BE(MAX_FRAME_BYTES + 1);
    header.writeUInt8(FRAME_KIND_JSON, 4);
    dialler.socket.write(header);
    assert.match(String((await closed)[0]), /16777217 bytes is announced/u);
  });

  it('asks for lines, and hears of them, by the paths of the program’s machine', async () => {
    const { dialler, connection } = await runtime({ commands: ['watch-lines'] });
    const sessions = new Sessions();
    const paths = new PathMap([{ localRoot: '/home/me/shop', remoteRoot: '/app' }]);
    const model = feed(connection, sessions, () => 0, unexpected, paths);
    const asked = sessions.watchLines(model.key, [{ file: '/home/me/shop/orders.py', lines: [3, 8] }]);
    await dialler.received();
    const request = await dialler.received();
    assert.ok(request.type === 'request');
    assert.equal(request.command, 'watch-lines');
    assert.deepEqual(request.files, [{ file: '/app/orders.py', lines: [3, 8] }]);
    const updated = once(connection, 'update');
    const executed = [{ id: 0, file: '/app/orders.py', lines: [8], threshold_ms: 100 }];
    dialler.send({ type: 'response', id: request.id, error: null }, anUpdate(1, { executed }));
    await Promise.all([asked, updated]);
    assert.deepEqual([...model.executed()], [{ ...executed[0], file: '/home/me/shop/orders.py' }]);
  });

  it('carries a session from the wire into the model', async () => {
    const { dialler, connection } = await runtime();
    const sessions = new Sessions();
    const model = feed(connection, sessions, () => 0, unexpected);
    const ended = new Promise<void>((resolve) => sessions.subscribe((event) => event.kind === 'ended' && resolve()));
    dialler.send(
      anUpdate(1, { snapshot: true, sites: [aSite(1)], tasks: [aTask(1, { created_site: 1 })] }),
      { type: 'notice', severity: 'warning', code: 'child-not-inspected', message: 'A child was started with -I.' },
      { type: 'bye', reason: 'exit', time_ns: 5 },
    );
    await ended;
    assert.equal(model.task(1)?.createdSite?.line, 88);
    const overview = model.overview(0);
    assert.deepEqual([overview.end, overview.notices[0]?.message], ['exit', 'A child was started with -I.']);
  });
});
