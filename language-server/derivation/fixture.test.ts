/** The fixture closure on disk, through the file-backed reader: what its files say is consistent. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDerivations, openDocument } from '../server/store-reader';
import { baseName, closurePaths, derivationDiagnostics, parseDerivation, textOf } from './index';

const FOLDER = join(import.meta.dirname, '../../test/fixtures/derivation');
const CARD = '52cb80y406r3vf6ql998dqs6fzdk4bk6-card.drv';

describe('the fixture closure', () => {
  it('has one root, and inputs come before their users', async () => {
    const { closure } = await openDerivations([FOLDER]);
    const names = [...closure.derivations.keys()].map((path) => textOf(baseName(path)).slice(33));
    expect(closure.roots.map((path) => path.slice(44))).toEqual(['broken.drv']);
    expect(names).toEqual(['letters.drv', 'greeting.drv', 'card.drv', 'broken.drv']);
    expect(closure.missing.size).toBe(0);
  });

  it('holds the paths that its contents demand', async () => {
    const { closure } = await openDerivations([FOLDER]);
    for (const { drv, outputs } of closurePaths(closure)) {
      const derivation = closure.derivations.get(drv)?.derivation;
      expect(derivation?.outputs.map(({ name, path }) => [name, path])).toEqual(
        Object.entries(outputs),
      );
    }
    expect(closurePaths(closure)).toHaveLength(4);
  });

  it('has nothing to report', async () => {
    const { closure } = await openDerivations([FOLDER]);
    for (const each of closure.derivations.values()) {
      expect(derivationDiagnostics({ ...each, parsed: each }, closure)).toEqual([]);
    }
  });

  it.each([
    {
      edit: 'a changed argument',
      change: (text: string) => text.replace('writing', 'Writing'),
      codes: ['wrong-derivation-name', 'wrong-output-path'],
    },
    {
      edit: 'an input that is not there',
      change: (text: string) => text.replace('7lxa0zghqzy0', '7lxa0zghqzy1'),
      codes: ['wrong-derivation-name', 'missing-input'],
    },
    {
      edit: 'an output that the input does not have',
      change: (text: string) => text.replace('"index","out"', '"indexes","out"'),
      codes: ['wrong-derivation-name', 'wrong-output-path', 'missing-input-output'],
    },
    {
      edit: 'a variable given twice',
      change: (text: string) => text.replace('("name","card")', '("name","card"),("name","card")'),
      codes: ['wrong-derivation-name', 'wrong-output-path', 'duplicate-variable'],
    },
    {
      edit: 'variables out of order',
      change: (text: string) => text.replace('("name","card")', '("zzz","1"),("name","card")'),
      codes: ['wrong-derivation-name', 'wrong-output-path', 'unsorted'],
    },
    {
      edit: 'a source that is not there',
      change: (text: string) =>
        text.replace('],[],"x86', '],["/nix/store/lqr6vjrchdv3pdv4p1lqmzwiclfpy928-no.sh"],"x86'),
      codes: ['wrong-derivation-name', 'wrong-output-path', 'missing-source'],
    },
    {
      edit: 'a path that is none',
      change: (text: string) => text.replace('],[],"x86', '],["letters.sh"],"x86'),
      codes: ['wrong-derivation-name', 'wrong-output-path', 'invalid-path', 'missing-source'],
    },
    {
      edit: 'an output in no store',
      change: (text: string) => text.replace('"out","/nix', '"out","nix'),
      codes: ['wrong-derivation-name', 'invalid-path', 'wrong-output-path'],
    },
    {
      edit: 'no outputs',
      change: (text: string) => text.replace(/^Derive\(\[.*?\],/, 'Derive([],'),
      codes: ['wrong-derivation-name', 'no-outputs'],
    },
  ])('reports $edit', async ({ change, codes }) => {
    const file = join(FOLDER, CARD);
    const text = change(await readFile(file, 'latin1'));
    const bytes = Buffer.from(text, 'latin1');
    const { closure } = await openDocument(file, bytes);
    const found = derivationDiagnostics(
      { path: `/nix/store/${CARD}`, bytes, parsed: parseDerivation(bytes) },
      closure,
    );
    expect(found.map((each) => each.code)).toEqual(codes);
  });

  it('knows without a closure whether a file has the right name', async () => {
    const bytes = await readFile(join(FOLDER, CARD));
    const path = `/nix/store/${CARD.replace('5', '6')}`;
    const found = derivationDiagnostics({ path, bytes, parsed: parseDerivation(bytes) });
    expect(found).toMatchObject([
      { code: 'wrong-derivation-name', message: expect.stringContaining(CARD) as unknown },
    ]);
  });
});
