import type { DebugProtocol } from '@vscode/debugprotocol';
import type { PathMapping } from '../../link/pathMapping';

/** What is attached to: a process of this machine, or a runtime that listens at an address. */
export type AttachTarget =
  | { readonly kind: 'process'; readonly pid: number }
  | { readonly kind: 'address'; readonly address: string; readonly token: string };

/** An attach configuration of type `loopscope`, as `package.json` describes it, checked. */
export interface AttachArguments {
  readonly target: AttachTarget;
  /** Whether workers and other processes that the process has started are attached to as well. */
  readonly subProcesses: boolean;
  readonly pathMappings: readonly PathMapping[];
}

/** An attach configuration that cannot be used. The message says what is wrong with it and what to write. */
export class AttachArgumentsError extends Error {
  public override readonly name = 'AttachArgumentsError';
}

type Fields = Readonly<Record<string, unknown>>;

/** Checks what a client sent with `attach`. @throws AttachArgumentsError */
export function readAttachArguments(request: DebugProtocol.AttachRequestArguments): AttachArguments {
  const fields = request as Fields;
  return {
    target: target(fields),
    subProcesses: fields['subProcesses'] !== false,
    pathMappings: mappings(fields['pathMappings']),
  };
}

function target(fields: Fields): AttachTarget {
  const pid = fields['processId'] ?? null;
  const connect = fields['connect'] ?? null;
  if ((pid === null) === (connect === null)) {
    throw new AttachArgumentsError(
      'Set either “processId” to a process of this machine, or “connect” to the host and port of a program elsewhere, in launch.json.',
    );
  }
  if (pid !== null) {
    const number = typeof pid === 'string' && /^\d+$/u.test(pid) ? Number(pid) : pid;
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 1) {
      throw wrong('processId', 'the number of a process, or "${command:loopscope.pickProcess}"');
    }
    return { kind: 'process', pid: number };
  }
  const { host = '127.0.0.1', port } = isObject(connect) ? connect : {};
  if (typeof host !== 'string' || host === '') throw wrong('connect.host', 'the name or address of a machine');
  const number = typeof port === 'string' && /^\d+$/u.test(port) ? Number(port) : port;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 1 || number > 65_535) {
    throw wrong('connect.port', 'a number from 1 to 65535');
  }
  const token = fields['token'];
  if (typeof token !== 'string' || token === '') {
    throw wrong('token', 'the LOOPSCOPE_TOKEN that the program was started with');
  }
  return { kind: 'address', address: `tcp:${host}:${number}`, token };
}

function mappings(value: unknown): readonly PathMapping[] {
  if (value === undefined || value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [null];
  return list.map((entry) => {
    const { localRoot, remoteRoot } = isObject(entry) ? entry : {};
    if (typeof localRoot !== 'string' || typeof remoteRoot !== 'string' || localRoot === '' || remoteRoot === '') {
      throw wrong('pathMappings', 'a list of objects with “localRoot” and “remoteRoot”');
    }
    return { localRoot, remoteRoot };
  });
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(name: string, should: string): AttachArgumentsError {
  return new AttachArgumentsError(`“${name}” must be ${should}; correct it in launch.json.`);
}
