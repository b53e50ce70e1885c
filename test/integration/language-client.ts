/** A minimal LSP client: starts a server on stdio, initializes it, and ends it again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import type { InitializeResult } from 'vscode-languageserver';

/** What the server answers to `initialize`; rejects when it does not end after `exit`. */
export async function initialize(command: readonly string[]): Promise<InitializeResult> {
  const [file = '', ...args] = command;
  const server = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(server, 'exit');
  const connection = createMessageConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  connection.listen();
  try {
    const result = await connection.sendRequest<InitializeResult>('initialize', {
      processId: null,
      rootUri: null,
      capabilities: {},
    });
    await connection.sendRequest('shutdown');
    await connection.sendNotification('exit');
    await ended;
    return result;
  } finally {
    connection.dispose();
    server.kill();
  }
}
