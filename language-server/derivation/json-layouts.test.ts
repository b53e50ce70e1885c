/** One derivation in every layout that Nix has had for its JSON: all say what its file says. */
import { describe, expect, it } from 'vitest';
import { parseDerivationJson } from './json-layouts';
import { printDerivation } from './print';

const HASH = '0'.repeat(32);
const SHA = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const SRI = 'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=';
const DRV = `${HASH}-x.drv`;
const common = { system: 's', builder: '/bin/sh', args: ['a'], env: { v: '1' } };
/** What all of them say; the path of a fixed output follows from its hash. */
const FILE =
  `Derive([("out","/nix/store/pc9cg5mrl4hpb00d4mb64abffprgs1rh-x","r:sha256","${SHA}")],` +
  `[("/nix/store/${HASH}-in.drv",["dev","out"])],["/nix/store/${HASH}-src"],"s","/bin/sh",["a"],[("v","1")])`;

const fixed = { method: 'nar', hash: SRI };
const v4 = {
  ...common,
  name: 'x',
  version: 4,
  inputs: { drvs: { [`${HASH}-in.drv`]: ['out', 'dev'] }, srcs: [`${HASH}-src`] },
};
const v3 = {
  ...common,
  name: 'x',
  version: 3,
  inputSrcs: [`${HASH}-src`],
  inputDrvs: { [`${HASH}-in.drv`]: { outputs: ['dev', 'out'], dynamicOutputs: {} } },
  outputs: { out: { method: 'nar', hashAlgo: 'sha256', hash: SHA } },
};

function read(value: unknown) {
  const { derivations, errors } = parseDerivationJson(JSON.stringify(value));
  return {
    errors: errors.map(({ message }) => message),
    files: derivations.map(({ derivation }) => Buffer.from(printDerivation(derivation)).toString()),
    paths: derivations.map(({ path }) => path),
  };
}

describe('JSON of derivations', () => {
  const output = FILE.slice('Derive([("out","'.length).split('"')[0] ?? '';
  const old = {
    ...common,
    inputSrcs: [`/nix/store/${HASH}-src`],
    outputs: { out: { path: output, hashAlgo: 'r:sha256', hash: SHA } },
  };
  const inputs = { [`/nix/store/${HASH}-in.drv`]: ['dev', 'out'] };

  it.each([
    ['2.8', { [`/nix/store/${DRV}`]: { ...old, inputDrvs: inputs } }],
    [
      '2.26',
      {
        [`/nix/store/${DRV}`]: {
          ...old,
          name: 'x',
          inputDrvs: { [`/nix/store/${HASH}-in.drv`]: { outputs: ['dev', 'out'] } },
          outputs: { out: { path: output, method: 'nar', hashAlgo: 'sha256', hash: SHA } },
        },
      },
    ],
    ['2.32', { [DRV]: v3 }],
    ['2.34', { version: 4, derivations: { [DRV]: { ...v4, outputs: { out: fixed } } } }],
    [
      'a hash as an object',
      {
        version: 4,
        derivations: {
          [DRV]: {
            ...v4,
            outputs: {
              out: {
                method: 'nar',
                hash: { algorithm: 'sha256', format: 'base64', hash: SRI.slice('sha256-'.length) },
              },
            },
          },
        },
      },
    ],
  ])('of Nix %s', (_, value) => {
    expect(read(value)).toEqual({ errors: [], files: [FILE], paths: [`/nix/store/${DRV}`] });
  });

  it('one by itself has the path that follows from it', () => {
    const { errors, files, paths } = read({ ...v4, outputs: { out: fixed } });
    expect({ errors, files }).toEqual({ errors: [], files: [FILE] });
    expect(paths).toEqual([expect.stringMatching(/^\/nix\/store\/[0-9a-z]{32}-x\.drv$/)]);
  });

  it.each([
    ['{"a": 1', 'close brace expected'],
    ['{"a": "x}', 'unexpected end of string'],
    [JSON.stringify({ [DRV]: { system: 's' } }), `${DRV} has no builder`],
    [
      JSON.stringify({ derivations: { [DRV]: { ...v4, outputs: {}, version: 5 } } }),
      'version 5 of the JSON is not known here',
    ],
  ])('says what is wrong with %s', (text, message) => {
    const { errors } = parseDerivationJson(text);
    expect(errors.map((each) => each.message)).toContain(message);
  });

  const elsewhere = `/srv/store/${HASH}-x`;
  const oddEnv = { a: `/odd/${HASH}-src and /odd/${HASH}-in.drv` };
  it.each([
    ['its output in its variable', { ...oddEnv, out: elsewhere }],
    [
      'what most mention',
      { ...oddEnv, b: `/srv/store/${HASH}-src`, c: `${elsewhere}:${elsewhere}` },
    ],
  ])('takes the directory of the store from %s, not from the first that is named', (_, env) => {
    const outputs = { out: { path: `${HASH}-x` } };
    const value = { version: 4, derivations: { [DRV]: { ...v4, env, outputs } } };
    expect(read(value).paths).toEqual([`/srv/store/${DRV}`]);
  });
});
