/** The builder service as the extension uses it: its process, spoken to in JSON-RPC. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { inject } from 'vitest';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-languageserver/node';
import type { ServiceMethod, ServiceRequests } from '../../extension/service/protocol';

export type ServiceProcess = {
  readonly connection: MessageConnection;
  request<M extends ServiceMethod>(
    method: M,
    params: ServiceRequests[M]['params'],
  ): Promise<ServiceRequests[M]['result']>;
  stop(): void;
};

export function startService(env: NodeJS.ProcessEnv): ServiceProcess {
  const child = spawn(process.execPath, [join(inject('freshBundles'), 'service.js')], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.listen();
  return {
    connection,
    request: (method, params) => connection.sendRequest(method, params),
    stop: () => {
      connection.dispose();
      child.kill('SIGKILL');
    },
  };
}
