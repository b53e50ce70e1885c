import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDerivation, type Closure } from '../../../language-server/derivation';
import * as ops from '../../../proto/generated/ops';
import { KnownBuilds } from './known-build';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llb-lens-known-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const DRV = '/nix/store/00000000000000000000000000000000-a.drv';

function closureOf(text: string): Closure {
  const bytes = new TextEncoder().encode(text);
  return {
    storeDir: '/nix/store',
    roots: [DRV],
    derivations: new Map([[DRV, { path: DRV, bytes, ...parseDerivation(bytes) }]]),
    ...{ missing: new Set(), sources: new Map(), cyclic: new Set() },
  };
}

const plain = (env = ''): Closure =>
  closureOf(`Derive([("out","/nix/store/x-a","","")],[],[],"s","b",[],[${env}])`);

describe('the name of a build', () => {
  const of = (closure: Closure, settings: unknown = {}, program = 'p'): string | undefined =>
    new KnownBuilds(program, folder).keyOf(closure, settings);

  it('is that of the same derivations, settings and program only', () => {
    const key = of(plain());
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(of(plain())).toBe(key);
    expect(of(plain('("a","b")'))).not.toBe(key);
    expect(of(plain(), { tools: 'other' })).not.toBe(key);
    expect(of(plain(), {}, 'q')).not.toBe(key);
  });

  it('is not there where the outputs follow from more than these', () => {
    expect(of(plain('("impureEnvVars","HOME")'))).toBeUndefined();
    expect(of(closureOf('Derive([("out","","r:sha256","impure")],[],[],"s","b",[],[])'))).toBe(
      undefined,
    );
    expect(of(closureOf('Derive('))).toBeUndefined();
  });
});

describe('what is known of a build', () => {
  const build = {
    workers: ['w'],
    tools: { ref: 'busybox', digest: 'sha256:0' },
    entitlements: [],
    request: ops.Definition.create({ def: [new Uint8Array([10, 200, 0])] }),
    stamp: '1795392714066576452',
    outputs: [
      { drv: DRV, name: 'out', path: '/x', narHash: 'sha256-', narSize: 96, references: ['/x'] },
    ],
  };

  it('is kept as it was', async () => {
    const known = new KnownBuilds('p', folder);
    await known.keep('key', build);
    const { request, ...found } = (await known.recall('key')) ?? {};
    expect(found).toEqual({ ...build, request: undefined });
    expect(request?.def.map((op) => [...op])).toEqual([[10, 200, 0]]);
  });

  it('is nothing where the file cannot be read', async () => {
    const known = new KnownBuilds('p', folder);
    expect(await known.recall('key')).toBeUndefined();
    writeFileSync(join(folder, 'key'), 'no archive');
    expect(await known.recall('key')).toBeUndefined();
  });

  it('makes room for what comes after', async () => {
    const known = new KnownBuilds('p', folder);
    for (let at = 0; at < 35; at++) await known.keep(`${at}`, build);
    expect(readdirSync(folder)).toHaveLength(32);
    expect(await known.recall('34')).toBeDefined();
  });
});
