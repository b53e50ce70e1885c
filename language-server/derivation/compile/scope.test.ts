import { describe, expect, it } from 'vitest';
import type { ByteString } from '../byte-string';
import type { Closure } from '../closure';
import type { Derivation } from '../derivation';
import { Knowledge } from '../knowledge';
import { guessText } from '../runner/guess';
import { Scopes } from './scope';

const HASH = '0123456789abcdfghijklmnpqrsvwxyz';
const drvOf = (name: string): ByteString => `/nix/store/${HASH}-${name}.drv`;
const outOf = (name: string): ByteString => `/nix/store/${HASH}-${name}`;

type Made = { readonly inputs?: readonly string[]; readonly hash?: string };

/** Places derivations, given inputs first, by their names. */
function place(made: Readonly<Record<string, Made>>): Scopes {
  const derivations = new Map<ByteString, Derivation>();
  for (const [name, { inputs = [], hash }] of Object.entries(made)) {
    derivations.set(drvOf(name), {
      outputs: [
        {
          name: 'out',
          path: outOf(name),
          hashAlgorithm: hash === undefined ? '' : 'r:sha256',
          hash: hash ?? '',
        },
      ],
      inputDrvs: inputs.map((input) => ({ path: drvOf(input), outputs: ['out'] })),
      inputSrcs: [],
      system: 'x86_64-linux',
      builder: '/bin/sh',
      args: [],
      env: [],
    });
  }
  const closure: Closure = {
    storeDir: '/nix/store',
    roots: [],
    derivations: new Map(),
    sources: new Map(),
    missing: new Set(),
    cyclic: new Set(),
  };
  const at = (drv: ByteString): Derivation | undefined => derivations.get(drv);
  const pathOf = (drv: ByteString, output: ByteString): ByteString | undefined =>
    at(drv)?.outputs.find(({ name }) => name === output)?.path;
  const scopes = new Scopes(closure, new Knowledge(), 'exact', at, pathOf);
  for (const [drv, derivation] of derivations) scopes.place(drv, derivation);
  return scopes;
}

const names = (paths: Iterable<ByteString>): string[] =>
  [...paths].map((path) => path.slice(path.lastIndexOf('/') + 34)).sort();

describe('a scope', () => {
  it('holds all that inputs of the same stage could see', () => {
    const scopes = place({ a: {}, b: { inputs: ['a'] }, c: { inputs: ['b'] } });
    const placed = scopes.of(drvOf('c'));
    expect(placed?.stage).toBe(0);
    expect(names(placed?.scope.outputs.keys() ?? [])).toEqual(['a', 'b']);
    expect(names(placed?.scope.direct ?? [])).toEqual(['b']);
  });

  it('waits for no report where only the references of an output matter', () => {
    const hash = '0'.repeat(64);
    const scopes = place({ a: {}, b: { inputs: ['a'] }, c: { inputs: ['b'], hash } });
    expect(scopes.of(drvOf('c'))?.stage).toBe(0);
    const guessed = scopes.guessed(drvOf('c'));
    expect(guessed && guessText(guessed)).toBe(
      [`n ${HASH}-a`, `n ${HASH}-b`, 'm 1 <', 'm 2 < 1', 'g 2'].join('\n'),
    );
    expect(scopes.guessed(drvOf('b'))).toBeUndefined();
  });
});
