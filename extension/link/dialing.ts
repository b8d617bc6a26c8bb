import { connect, type Socket } from 'node:net';
import {
  FRAME_KIND_JSON,
  FrameDecoder,
  HANDSHAKE_TIMEOUT_MS,
  PROTOCOL_VERSION,
  ProtocolError,
  decodeFromRuntime,
  encodeMessage,
  type Frame,
  type Hello,
} from '../protocol';
import { t } from '../protocol/language';
import { Connection } from './connection';
import type { Wishes } from './handshake';

/** How a listening runtime is reached. */
export interface DialOptions {
  /** `unix:PATH` or `tcp:HOST:PORT`. */
  readonly address: string;
  readonly token: string;
  readonly timeoutMs?: number;
}

/** A runtime that has seen the token and introduced its process. Nothing comes from it before it is welcomed. */
export interface Greeted {
  readonly hello: Hello;
  /** Begins to look into the process. */
  welcome(wishes: Wishes): Connection;
  hangUp(): void;
}

/** Dials a runtime that listens. @throws Error with a sentence: why it cannot be reached, or why it refuses. */
export function dial(options: DialOptions): Promise<Greeted> {
  return new Promise((resolve, reject) => {
    const { address, token, timeoutMs = HANDSHAKE_TIMEOUT_MS } = options;
    const decoder = new FrameDecoder();
    const socket = open(address);
    let connection: Connection | null = null;
    let hello: Hello | null = null;

    const fail = (reason: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new Error(reason));
    };
    const timer = setTimeout(
      () =>
        fail(
          t(
            'Nothing answered at {0} in {1} s: the process is suspended, or held by C code.',
            address,
            timeoutMs / 1000,
          ),
        ),
      timeoutMs,
    );

    const take = (frame: Frame): void => {
      if (connection !== null) {
        connection.receive(frame);
        return;
      }
      // Whoever has not been welcomed has nothing more to say.
      if (hello !== null) throw new ProtocolError('The runtime went on before it was welcomed.');
      if (frame.kind !== FRAME_KIND_JSON) throw new ProtocolError('The runtime did not introduce itself.');
      const message = decodeFromRuntime(frame.payload);
      if (message.type === 'refuse') {
        fail(t('The program refuses: {0}', message.reason));
      } else if (message.type !== 'hello') {
        throw new ProtocolError(`The runtime sent “${message.type}” where “hello” was expected.`);
      } else if (message.protocol !== PROTOCOL_VERSION) {
        fail(
          t(
            'The program’s Loopscope runtime speaks protocol {0} and this viewer protocol {1}; update the older of the two.',
            message.protocol,
            PROTOCOL_VERSION,
          ),
        );
      } else {
        clearTimeout(timer);
        hello = message;
        resolve({
          hello,
          welcome: (wishes) => {
            connection = new Connection(socket, message, frame);
            socket.write(encodeMessage({ type: 'welcome', protocol: PROTOCOL_VERSION, ...wishes }));
            return connection;
          },
          hangUp: () => socket.destroy(),
        });
      }
    };

    socket.on('data', (chunk: Buffer) => {
      try {
        for (const frame of decoder.push(chunk)) {
          take(frame);
          if (socket.destroyed) return;
        }
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        if (connection !== null) connection.close(error.message);
        else fail(t('What answers at {0} is not Loopscope’s runtime: {1}', address, error.message));
      }
    });
    // Once it is welcomed, the end of the connection is told by 'close'.
    socket.on('error', (error: NodeJS.ErrnoException) =>
      fail(t('Nobody can be reached at {0}: {1}. Is the program still running?', address, error.code ?? error.message)),
    );
    socket.once('close', () => fail(t('The program at {0} hung up before it had introduced itself.', address)));
    socket.once('connect', () =>
      socket.write(encodeMessage({ type: 'auth', protocol: PROTOCOL_VERSION, token, role: 'viewer' })),
    );
  });
}

function open(address: string): Socket {
  const [, scheme, place = ''] = /^(unix|tcp):(.+)$/u.exec(address) ?? [];
  if (scheme === 'unix') return connect(place);
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/u.exec(scheme === 'tcp' ? place : '') ?? [];
  if (host === '' || Number(port) > 65_535) {
    throw new Error(t('The address “{0}” cannot be used: give it as tcp:HOST:PORT.', address));
  }
  return connect(Number(port), host.replace(/^\[|\]$/gu, ''));
}
