/**
 * One DAP conversation: requests in, responses and events out, and reverse requests to the client.
 *
 * Knows nothing of builds. Every request is answered exactly once; a handler that throws becomes an
 * error response with a text for the user.
 */
import type { Readable, Writable } from 'node:stream';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { DecodeError, isRecord } from '../engine/profile/decode';
import { Deframer, frame } from './framing';

/** A request that cannot be served; the message is for the user. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
}

/** What a request is answered with; `after` runs once the response has been sent. */
export type Answer = { readonly body?: unknown; readonly after?: () => void };

export type Handler = (args: unknown) => Promise<Answer>;

type Pending = {
  readonly resolve: (body: unknown) => void;
  readonly reject: (error: Error) => void;
};

/**
 * What clients ask by themselves, often of a stop that is over by then, or whose refusal they show
 * where it was asked (debug console, watches): a message of its own would only be in the way.
 */
const quietRequests: ReadonlySet<string> = new Set([
  'breakpointLocations',
  'completions',
  'disassemble',
  'evaluate',
  'exceptionInfo',
  'loadedSources',
  'modules',
  'readMemory',
  'scopes',
  'source',
  'stackTrace',
  'stepInTargets',
  'threads',
  'variables',
]);

/** Our own requests (`llb/…`) are made by extensions, which tell of a refusal themselves. */
function isQuiet(command: string): boolean {
  return command.includes('/') || quietRequests.has(command);
}

export class DapConnection {
  private readonly deframer = new Deframer();
  private readonly pending = new Map<number, Pending>();
  private seq = 1;
  private ended = false;
  /** Resolves when the client's side of the stream ended or broke. */
  readonly closed: Promise<void>;

  constructor(
    input: Readable,
    private readonly output: Writable,
    private readonly handlers: ReadonlyMap<string, Handler>,
  ) {
    this.closed = new Promise((resolve) => {
      const end = () => {
        this.ended = true;
        for (const { reject } of this.pending.values()) {
          reject(new RequestError('the debug client is gone'));
        }
        this.pending.clear();
        resolve();
      };
      input.on('data', (piece: Buffer) => {
        try {
          for (const body of this.deframer.push(piece)) this.receive(JSON.parse(body));
        } catch {
          // Not DAP, or not JSON: the stream cannot be followed any more.
          end();
        }
      });
      input.once('end', end);
      input.once('close', end);
      input.once('error', end);
      output.once('error', end);
    });
  }

  event(event: string, body?: unknown): void {
    this.send({ type: 'event', event, ...(body === undefined ? {} : { body }) });
  }

  /** Asks the client (`runInTerminal`). @throws RequestError when it refuses or is gone */
  request(command: string, args: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.ended) {
        reject(new RequestError('the debug client is gone'));
        return;
      }
      const seq = this.send({ type: 'request', command, arguments: args });
      this.pending.set(seq, { resolve, reject });
    });
  }

  private send(message: Readonly<Record<string, unknown>>): number {
    const seq = this.seq++;
    if (!this.ended && this.output.writable) this.output.write(frame({ seq, ...message }));
    return seq;
  }

  private receive(message: unknown): void {
    if (!isRecord(message)) return;
    if (message['type'] === 'response') {
      this.settle(message);
      return;
    }
    const { seq, command } = message;
    if (message['type'] !== 'request' || typeof seq !== 'number' || typeof command !== 'string') {
      return;
    }
    const respond = (rest: Readonly<Record<string, unknown>>) => {
      this.send({ type: 'response', request_seq: seq, command, ...rest });
    };
    const handler = this.handlers.get(command);
    if (handler === undefined) {
      respond({ success: false, ...errorBody(command, `${command} is not supported`) });
      return;
    }
    handler(message['arguments']).then(
      ({ body, after }) => {
        respond({ success: true, ...(body === undefined ? {} : { body }) });
        after?.();
      },
      (error: unknown) =>
        respond({ success: false, ...errorBody(command, textOf(command, error)) }),
    );
  }

  private settle(message: Readonly<Record<string, unknown>>): void {
    const seq = message['request_seq'];
    if (typeof seq !== 'number') return;
    const pending = this.pending.get(seq);
    if (pending === undefined) return;
    this.pending.delete(seq);
    if (message['success'] === true) pending.resolve(message['body']);
    else {
      const reason = message['message'];
      pending.reject(new RequestError(typeof reason === 'string' ? reason : 'refused'));
    }
  }
}

function textOf(command: string, error: unknown): string {
  if (error instanceof DecodeError) return `${command}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

/** DAP's error body. The text goes in as a variable, because braces in `format` are variables. */
function errorBody(command: string, message: string) {
  const showUser = !isQuiet(command);
  return {
    message,
    body: {
      error: { id: 1, format: '{text}', variables: { text: message }, showUser },
    } satisfies DebugProtocol.ErrorResponse['body'],
  };
}
