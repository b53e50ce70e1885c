import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { isRecord } from '../engine/profile/decode';
import { type Answer, DapConnection, RequestError } from './connection';
import { Deframer, frame } from './framing';

/** A connection and what it sends. */
function connect(handlers: Readonly<Record<string, (args: unknown) => Promise<Answer>>>) {
  const input = new PassThrough();
  const output = new PassThrough();
  const sent: Record<string, unknown>[] = [];
  const deframer = new Deframer();
  output.on('data', (piece: Buffer) => {
    for (const body of deframer.push(piece)) {
      const message: unknown = JSON.parse(body);
      if (isRecord(message)) sent.push({ ...message });
    }
  });
  const connection = new DapConnection(input, output, new Map(Object.entries(handlers)));
  const receive = async (message: unknown) => {
    input.write(frame(message));
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return { connection, input, sent, receive };
}

const request = (command: string, args?: unknown) => ({
  seq: 7,
  type: 'request',
  command,
  arguments: args,
});

describe('a DAP connection', () => {
  test('answers a request with the body of its handler', async () => {
    const { sent, receive } = connect({ echo: (args) => Promise.resolve({ body: args }) });
    await receive(request('echo', { a: 1 }));
    expect(sent).toEqual([
      { seq: 1, type: 'response', request_seq: 7, command: 'echo', success: true, body: { a: 1 } },
    ]);
  });

  test('does what follows a response after it', async () => {
    const { connection, sent, receive } = connect({
      go: () => Promise.resolve({ after: () => connection.event('stopped') }),
    });
    await receive(request('go'));
    expect(sent.map((message) => message['type'])).toEqual(['response', 'event']);
  });

  test('turns what a handler throws into an error for the user', async () => {
    const { sent, receive } = connect({
      fail: () => Promise.reject(new RequestError('There is no {Dockerfile}.')),
    });
    await receive(request('fail'));
    expect(sent).toMatchObject([
      {
        success: false,
        message: 'There is no {Dockerfile}.',
        body: { error: { format: '{text}', variables: { text: 'There is no {Dockerfile}.' } } },
      },
    ]);
  });

  test('says that it does not know a request', async () => {
    const { sent, receive } = connect({});
    await receive(request('modules'));
    expect(sent).toMatchObject([{ success: false, message: 'modules is not supported' }]);
  });

  test('gets the answer to a reverse request', async () => {
    const { connection, sent, receive } = connect({});
    const answer = connection.request('runInTerminal', { args: [] });
    await receive({
      seq: 1,
      type: 'response',
      request_seq: 1,
      success: true,
      body: { processId: 5 },
    });
    expect(sent[0]).toMatchObject({ type: 'request', command: 'runInTerminal' });
    expect(await answer).toEqual({ processId: 5 });
  });

  test('fails a reverse request that is refused', async () => {
    const { connection, receive } = connect({});
    const answer = connection.request('runInTerminal', {});
    answer.catch(() => undefined);
    await receive({ seq: 1, type: 'response', request_seq: 1, success: false, message: 'no' });
    await expect(answer).rejects.toThrow('no');
  });

  test('fails open reverse requests when the client goes', async () => {
    const { connection, input } = connect({});
    const answer = connection.request('runInTerminal', {});
    answer.catch(() => undefined);
    input.end();
    await connection.closed;
    await expect(answer).rejects.toThrow('gone');
  });

  test('ends on input that is not DAP', async () => {
    const { connection, input } = connect({});
    input.write('GET / HTTP/1.1\r\n\r\n');
    await connection.closed;
  });
});
