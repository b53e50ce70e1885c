/** What other editors' settings permit; VS Code says it itself, since it knows of trust. */
import {
  ConfigurationRequest,
  DidChangeConfigurationNotification,
  DocumentDiagnosticRequest,
} from 'vscode-languageserver';
import { expect, test } from 'vitest';
import type { NetworkAccess } from '../proto/messages/language-server';
import { startTestServer } from './testing/protocol';

const asks = { workspace: { configuration: true, diagnostics: { refreshSupport: true } } };
const pulls = { textDocument: { diagnostic: {} } };

test.each([
  [{ network: 'off' }, 'off'],
  [{ network: 'search' }, 'search'],
  [{}, 'named'],
  [null, 'named'],
])('registries are asked as the settings %j have it, and not before', async (answer, network) => {
  let access: (uri: string) => NetworkAccess = () => ({ network: 'search', trusted: true });
  const server = await startTestServer(
    { ...asks, ...pulls },
    {},
    {
      setAccess: (next) => {
        access = next;
      },
    },
  );
  const before: string[] = [];
  server.client.onRequest(ConfigurationRequest.type, ({ items }) => {
    before.push(...items.map(({ scopeUri = '' }) => access(scopeUri).network));
    return items.map(() => answer);
  });
  const { uri } = await server.open('FROM alpine');
  await server.client.sendRequest(DocumentDiagnosticRequest.type, { textDocument: { uri } });
  expect(new Set(before)).toEqual(new Set(['off']));
  expect(access(uri)).toEqual({ network, trusted: true });
  await server.stop();
});

test('a client that cannot be asked sends its settings along', async () => {
  const seen: string[] = [];
  const server = await startTestServer(
    pulls,
    {},
    {
      setAccess: (next) => {
        seen.push(next('file:///project/Dockerfile').network);
      },
    },
  );
  await server.client.sendNotification(DidChangeConfigurationNotification.type, {
    settings: { llbLens: { network: 'off' } },
  });
  await server.open('FROM alpine');
  await server.stop();
  expect([seen.at(0), seen.at(-1)]).toEqual(['named', 'off']);
});
