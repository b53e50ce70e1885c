import { expect, it } from 'vitest';
import { DefinitionBuilder } from '../../../language-server/derivation/compile/definition-builder';
import { BuildkitError } from '../../../proto/client/buildkit-error';
import { digestOf } from '../../../proto/model/digest';
import { decodeOp } from '../../../proto/model/unmarshal';
import type * as ops from '../../../proto/generated/ops';
import { downloadText, failedDownload } from './failed-download';

const URL = 'http://host.test/file';
const DRV = '/nix/store/00000000000000000000000000000000-a.drv';

/** A definition with one download that one derivation needs. */
function made() {
  const builder = new DefinitionBuilder();
  const attrs = { 'http.checksum': `sha256:${'0'.repeat(64)}` };
  const source = { kind: 'source', identifier: URL, attrs } as const;
  const vertex = builder.add({ inputs: [], op: source }, { name: 'download', caps: [] });
  const merge = { kind: 'merge', inputs: [0] } as const;
  const user = builder.add(
    { inputs: [{ digest: vertex, index: 0 }], op: merge },
    { name: 'build', caps: [], description: { 'llb-lens.derivation': DRV } },
  );
  return { vertex, definition: builder.finish({ digest: user, index: 0 }, []) };
}

async function told(message: string, answer: () => Promise<string>) {
  const { vertex, definition } = made();
  const asked: ops.Definition[] = [];
  const solveDefinition = (request: ops.Definition): Promise<string> => {
    asked.push(request);
    return answer();
  };
  const error = new BuildkitError(2, message, { sources: [], vertex });
  const found = await failedDownload({ solveDefinition }, definition, { error });
  return { text: found && downloadText(found), found, asked };
}

const MISMATCH = `digest mismatch sha256:${'1'.repeat(64)}: sha256:${'0'.repeat(64)}`;

it('tells what a server refused from what has another hash', async () => {
  const gone = new BuildkitError(2, `${URL}: invalid response status 404`);
  const { text, asked } = await told(MISMATCH, () => Promise.reject(gone));
  expect(text).toBe(`Cannot build '${DRV}'. Reason: unable to download '${URL}': HTTP error 404`);
  const [op] = asked[0]?.def ?? [];
  expect(op && decodeOp(op).op).toMatchObject({ identifier: URL, attrs: {} });
  const other = await told(MISMATCH, () => Promise.resolve('a file'));
  expect(other.found).toEqual({ url: URL, drvs: [DRV], why: undefined });
});

it('names the derivation where no server answers, and asks no second time', async () => {
  const why = `Get "${URL}": dial tcp: connection refused`;
  const { text, asked } = await told(why, () => Promise.resolve(''));
  expect(text).toBe(`Cannot build '${DRV}'. Reason: unable to download '${URL}': ${why}`);
  expect(asked).toEqual([]);
});

it('names the derivation that failed where several need the same download', async () => {
  const { vertex, definition } = made();
  const other = digestOf(new Uint8Array());
  const user = { 'llb-lens.derivation': '/nix/store/b.drv' };
  const metadata = new Map(definition.metadata);
  metadata.set(other, { ignoreCache: false, caps: [], description: user });
  const job = { solveDefinition: () => Promise.resolve('a file') };
  const error = new BuildkitError(2, MISMATCH, { sources: [], vertex });
  const all = { ...definition, metadata };
  expect(await failedDownload(job, all, { error, op: other })).toMatchObject({
    drvs: ['/nix/store/b.drv'],
  });
});

it('leaves other failures alone', async () => {
  const { definition } = made();
  const solveDefinition = () => Promise.reject(new Error('not asked'));
  const job = { solveDefinition };
  const other = new BuildkitError(2, 'digest mismatch', { sources: [] });
  expect(await failedDownload(job, definition, { error: other })).toBeUndefined();
  expect(await failedDownload(job, definition, { error: new Error('no') })).toBeUndefined();
});
