/** What an inspector is told of a step's operation, whatever kind of file it is from. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { expect, test } from 'vitest';
import {
  GraphRequest,
  OpRequest,
  type GraphResult,
  type OpParams,
  type OpResult,
} from '../proto/messages/language-server';
import { DerivationBuildFile } from './derivation-file/derivation-file';
import { nodeHost } from './server/node-host';
import { StaticGraphs } from './static-graphs';
import { startTestServer } from './testing/protocol';
import { opResult } from './whole-op';

test('a step of a Dockerfile comes with its capabilities, its name, and whether the cache counts', async () => {
  const server = await startTestServer();
  const { uri } = await server.open(
    'FROM scratch AS kept\nCOPY a /\nFROM kept AS built\nRUN make\n',
  );
  const profile = { noCache: ['built'] };
  const { graph } = await server.client.sendRequest<GraphResult>(GraphRequest, { uri, profile });
  const said = async (kind: string) => {
    const node = graph.nodes.find((one) => one.kind === kind)?.neutralDigest ?? '';
    const params: OpParams = { uri, node };
    return (await server.client.sendRequest<OpResult>(OpRequest, params)).metadata;
  };
  expect(await said('exec')).toMatchObject({
    ignoreCache: true,
    description: {
      'llb.customname': '[built 1/1] RUN make',
      'com.docker.dockerfile.v1.command': 'RUN make',
    },
  });
  expect((await said('exec'))?.caps).toContain('exec.meta.base');
  const copied = await said('file');
  expect(copied).toMatchObject({ ignoreCache: false });
  expect(copied?.caps).toEqual([...(copied?.caps ?? [])].sort());
  expect(copied?.caps).toContain('file.base');
  await server.stop();
});

test('a step of a derivation does so too', async () => {
  const folder = join(import.meta.dirname, '../test/fixtures/derivation');
  const path = join(folder, readdirSync(folder).find((name) => name.endsWith('-card.drv')) ?? '');
  const text = readFileSync(path, 'utf8');
  const document = TextDocument.create(pathToFileURL(path).href, 'nix-derivation', 1, text);
  const graphs = new StaticGraphs(() => undefined);
  const host = nodeHost(undefined, () => undefined);
  const { graph } = await graphs.request(new DerivationBuildFile(document, host), {});
  const builder = graph.nodes.findLast(
    ({ kind, name }) => kind === 'exec' && name === 'build card',
  );
  const { metadata } = opResult(graphs.op(document.uri, builder?.neutralDigest ?? ''));
  expect(metadata?.ignoreCache).toBe(false);
  expect(metadata?.description['llb.customname']).toContain('card');
  expect(metadata?.caps).toContain('exec.meta.base');
});
