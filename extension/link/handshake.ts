import type { Socket } from 'node:net';
import {
  FRAME_KIND_JSON,
  FrameDecoder,
  PROTOCOL_VERSION,
  ProtocolError,
  decodeFromRuntime,
  encodeMessage,
  type Auth,
  type Frame,
  type FromRuntime,
  type Hello,
  type Welcome,
} from '../protocol';
import { Connection } from './connection';
import { tokensEqual } from './token';
import { t } from '../protocol/language';

/** What a viewer wants of a runtime that it welcomes. */
export type Wishes = Pick<Welcome, 'interval_ms' | 'threshold_ms'>;

/** How a handshake is led. */
export interface HandshakeOptions {
  readonly token: string;
  readonly timeoutMs: number;
  /** Asked when a runtime is about to be welcomed. */
  readonly wishes: (hello: Hello) => Wishes;
}

/** Why a peer was refused. */
export interface Refusal {
  /** One sentence: what was wrong, and what to do. */
  readonly reason: string;
  /** The process's launch, when the peer had shown the token and introduced itself. */
  readonly session: string | null;
  /** True when the peer had shown the right token, so that its mistake is worth telling a person. */
  readonly trusted: boolean;
}

/**
 * Leads the handshake with a runtime that has dialled: `auth` and `hello` from it, `welcome` or `refuse` to it. Until
 * the token is checked nothing longer than one small frame is read, and nothing of it is believed.
 *
 * @param welcomed Called with the connection before any frame after `hello` is read.
 * @param refused Called instead, with the reason; the socket is closed by then.
 */
export function shakeHands(
  socket: Socket,
  options: HandshakeOptions,
  welcomed: (connection: Connection) => void,
  refused: (refusal: Refusal) => void,
): void {
  const decoder = FrameDecoder.untrusted();
  let step: 'auth' | 'hello' | 'stream' | 'over' = 'auth';
  let connection: Connection | null = null;

  const refuse = (reason: string, tellPeer: boolean, session: string | null = null): void => {
    if (step === 'over') return;
    const trusted = step === 'hello';
    step = 'over';
    clearTimeout(timer);
    if (tellPeer) socket.end(encodeMessage({ type: 'refuse', reason }), () => socket.destroy());
    else socket.destroy();
    refused({ reason, session, trusted });
  };
  const timer = setTimeout(
    () => refuse(`A connection did not introduce itself within ${options.timeoutMs / 1000} s.`, false),
    options.timeoutMs,
  );

  const take = (frame: Frame): void => {
    if (step === 'stream') {
      connection?.receive(frame);
    } else if (step === 'auth') {
      const problem = checkAuth(decodeMessage(frame), options.token);
      if (problem === null) step = 'hello';
      else refuse(problem, true);
    } else if (step === 'hello') {
      const hello = decodeMessage(frame);
      if (hello.type !== 'hello') {
        refuse(`A runtime sent “${hello.type}” where “hello” was expected.`, true);
      } else if (hello.protocol !== PROTOCOL_VERSION) {
        refuse(unknownProtocol(hello.protocol), true, hello.session);
      } else {
        clearTimeout(timer);
        socket.write(encodeMessage({ type: 'welcome', protocol: PROTOCOL_VERSION, ...options.wishes(hello) }));
        step = 'stream';
        connection = new Connection(socket, hello, frame);
        welcomed(connection);
      }
    }
  };

  socket.on('data', (chunk) => {
    try {
      for (const frame of decoder.push(chunk)) {
        take(frame);
        if (step === 'over' || socket.destroyed) return;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (connection) connection.close(error.message);
      else refuse(error.message, false);
    }
  });
  // A reset connection is told by 'close' as well; without a listener it would end the extension host.
  socket.on('error', () => undefined);
  socket.once('close', () => {
    if (step !== 'stream') refuse('A connection closed before it had introduced itself.', false);
  });
}

function decodeMessage(frame: Frame): FromRuntime {
  if (frame.kind !== FRAME_KIND_JSON) throw new ProtocolError(t('A packed frame came before the introduction.'));
  return decodeFromRuntime(frame.payload);
}

function checkAuth(message: FromRuntime, token: string): string | null {
  if (message.type !== 'auth') return 'A connection did not begin with its token.';
  const auth: Auth = message;
  if (!tokensEqual(auth.token, token))
    return 'A connection showed a wrong token; start the program from this window again.';
  if (auth.role !== 'runtime') return 'Only an inspected program may connect to this window.';
  return auth.protocol === PROTOCOL_VERSION ? null : unknownProtocol(auth.protocol);
}

function unknownProtocol(protocol: number): string {
  return protocol < PROTOCOL_VERSION
    ? t(
        'The program’s Loopscope runtime speaks protocol {0} and this viewer protocol {1}; update the loopscope package the program uses.',
        protocol,
        PROTOCOL_VERSION,
      )
    : t(
        'The program’s Loopscope runtime speaks protocol {0} and this viewer protocol {1}; update the Loopscope extension.',
        protocol,
        PROTOCOL_VERSION,
      );
}
