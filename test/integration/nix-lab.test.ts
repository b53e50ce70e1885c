/**
 * What Nix does besides running builders, on BuildKit beside the Nix of the environment: one build of
 * all of `nix-lab.nix` by each, compared path by path and failure by failure.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildClosure } from '../../extension/engine/derivation/build-closure';
import { builderLog } from '../../extension/engine/derivation/builder-log';
import { environmentFor, requireBuildkit } from '../env/context';
import { isRecord } from '../env/json';
import { hasSources, writePrograms } from './nix-expressions';

/** Why each derivation of `bad` fails, in words that Nix and we have in common. */
const REASONS: Readonly<Record<string, string>> = {
  'text-self': 'self-reference not allowed with text hashing',
  'limit-exceeded': 'is too large at 128 bytes; limit is 127 bytes',
  'ca-self': 'is not allowed to refer to the following paths',
  'self-reference': 'is not allowed to refer to the following paths',
  'too-large': 'bytes; limit is 100 bytes',
  'fixed-reference': 'is not allowed to refer to other store paths',
  'fixed-flat-reference': 'is not allowed to refer to other store paths',
  'fixed-git-reference': 'is not allowed to refer to other store paths',
  'fixed-seen-reference': 'is not allowed to refer to other store paths',
  'fixed-text-self': 'self-reference not allowed with text hashing',
  'fixed-folder': 'should be a non-executable regular file',
  'bad-priority': 'stoi',
  'self-names': 'NAR directory is not sorted',
  'too-deep': 'exceeds maximum NAR directory depth of 64',
  'not-in-path': "executing 'sh': No such file or directory",
  'not-a-program': 'Exec format error',
  'not-a-program-odd': 'Permission denied',
  'long-argument': 'Argument list too long',
  'long-variable': 'Argument list too long',
  'no-interpreter': 'No such file or directory',
  'no-output': 'failed to produce output path for output',
  'group-writable': 'suspicious ownership or permission on',
  pipe: 'has an unsupported type',
  circle: 'cycle detected in build of',
  'exit-code': 'builder failed with exit code 255',
  // No words of a builder are taken for ours.
  'forged-reason': 'builder failed with exit code 101',
  'forged-hash': 'builder failed with exit code 102',
  'forged-through-runner': 'builder failed with exit code 101',
  'forged-executing': 'builder failed with exit code 127',
  meddles: 'meddled with /.llb-lens.state',
  'changes-runner': 'builder failed with exit code 1',
  // What others are built from nobody may change.
  'writes-input': 'builder failed with exit code 1',
  'adds-to-input': 'builder failed with exit code 1',
  'changes-mode-of-input': 'builder failed with exit code 1',
  'touches-input': 'builder failed with exit code 1',
  'unlinks-in-input': 'builder failed with exit code 1',
  'unlinks-input': 'builder failed with exit code 1',
  'renames-input': 'builder failed with exit code 1',
  'unknown-output':
    'but this is not a valid output of this derivation. (Valid outputs are [dev, out].)',
  // Checked in a later stage, past the failures above.
  requisite: 'is not allowed to refer to the following paths',
  'large-closure': 'bytes; limit is 100 bytes',
};

const FEATURES =
  'nix-command ca-derivations dynamic-derivations git-hashing blake3-hashes impure-derivations';

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

describe.skipIf(!hasSources())('the lab', () => {
  let folder = '';
  // Builders with a network see by whom servers are vouched for.
  const env = () => ({
    ...environmentFor(requireBuildkit('containerd')),
    NIX_SSL_CERT_FILE: join(folder, 'authorities'),
  });
  const options = () => [
    ...['--extra-experimental-features', FEATURES, '--store', join(folder, 'root')],
    ...['--option', 'substituters', '', '--offline'],
    // A builder that signals every process must find those of its sandbox only.
    ...['--option', 'sandbox', 'true', '--option', 'sandbox-fallback', 'false'],
  ];
  const nix = (...args: string[]): string =>
    execFileSync('nix', [...options(), ...args], {
      ...{ env: env(), cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const drvOf = (name: string): string =>
    join(folder, 'root', nix('eval', '--impure', '--raw', '-f', 'lab.nix', `${name}.drvPath`));
  const build = (derivation: string, keepGoing: boolean, sizes?: Set<number>) => {
    const { address } = requireBuildkit('containerd');
    return buildClosure({
      file: derivation,
      builder: address.replace(/^unix:/, 'docker+unix:'),
      ...(keepGoing ? { each: { keepGoing } } : {}),
      cwd: folder,
      env: env(),
      events: {
        output: () => undefined,
        ...(sizes === undefined
          ? {}
          : {
              graph: () => undefined,
              patch: ({ status }) => {
                for (const one of Object.values(status ?? {}))
                  for (const { size } of one?.outputs ?? []) sizes.add(size);
              },
            }),
      },
    });
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llb-lens-lab-'));
    await writePrograms(folder);
    writeFileSync(join(folder, 'authorities'), 'authorities\n');
    // No text in any encoding that BuildKit could be given.
    writeFileSync(
      join(folder, 'bytes'),
      Buffer.from(Array.from({ length: 128 }, (_, at) => 128 + at)),
    );
    cpSync(join(import.meta.dirname, 'nix-lab.nix'), join(folder, 'lab.nix'));
  });
  afterAll(async () => {
    execFileSync('chmod', ['-R', 'u+w', folder]);
    await rm(folder, { recursive: true, force: true });
  });

  it('gives the archives, paths and references that Nix gives', { timeout: 300_000 }, async () => {
    nix('build', '--impure', '--no-link', '-f', 'lab.nix', 'allGood');
    const said: unknown = JSON.parse(nix('path-info', '--all', '--json', '--json-format', '1'));
    const facts = new Map(Object.entries(isRecord(said) ? said : {}));
    const sizes = new Set<number>();
    const built = await build(drvOf('allGood'), false, sizes);
    if (built.outcome !== 'built') throw new Error(JSON.stringify(built));
    const ours = built.outputs.map(({ path, narHash, references }) => [
      path.slice(44),
      { path, narHash, references },
    ]);
    const theirs = built.outputs.map(({ path }) => {
      const known = facts.get(path);
      const { narHash, references } = isRecord(known) ? known : {};
      return [path.slice(44), { path, narHash, references: textsOf(references).sort() }];
    });
    expect(ours.length).toBeGreaterThan(60);
    expect(ours).toEqual(theirs);
    // What the graph says of outputs, without reading them.
    expect([...sizes].sort()).toEqual([...new Set(built.outputs.map((o) => o.narSize))].sort());
  });

  it('fails where Nix fails, for the same reason', { timeout: 300_000 }, async () => {
    const failing = ['build', '--impure', '--no-link', '--keep-going', '-f', 'lab.nix', 'allBad'];
    const { status, stderr } = spawnSync('nix', [...options(), ...failing], {
      ...{ env: env(), cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 },
    });
    expect(status).not.toBe(0);
    const built = await build(drvOf('allBad'), true);
    const message = built.outcome === 'failed' ? built.message : '';
    // What was got in place of the hashes that were promised.
    const hashes = (text: string): string[] =>
      [...text.matchAll(/got: +(\S+)/g)].map(([, hash = '']) => hash).sort();
    expect(hashes(message)).toHaveLength(4);
    // Nix does not always come to all of them.
    expect(hashes(message)).toEqual(expect.arrayContaining(hashes(stderr)));
    const failures = message.split(/^(?=Cannot build |hash mismatch )/m);
    for (const [name, reason] of Object.entries(REASONS)) {
      const failure = failures.find((each) => each.split("'")[1]?.endsWith(`-${name}.drv`));
      expect(failure, name).toContain(reason);
    }
  });

  it('takes sources from several folders', { timeout: 60_000 }, async () => {
    const file = drvOf('good.graphOfSources');
    const apart = join(folder, 'apart');
    const name = readdirSync(dirname(file)).find((each) => each.endsWith('-plain.txt')) ?? '';
    mkdirSync(apart);
    renameSync(join(dirname(file), name), join(apart, name));
    try {
      const { address } = requireBuildkit('containerd');
      const built = await buildClosure({
        ...{ file, storeDir: apart, builder: address.replace(/^unix:/, 'docker+unix:') },
        ...{ cwd: folder, env: process.env, events: { output: () => undefined } },
      });
      const references = built.outcome === 'built' ? built.outputs[0]?.references : [];
      expect(references).toContainEqual(expect.stringMatching(/-plain\.txt$/));
    } finally {
      renameSync(join(apart, name), join(dirname(file), name));
    }
  });

  it('tells all that a builder said which failed, past what BuildKit keeps', async () => {
    const { address } = requireBuildkit('containerd');
    const { text, failure } = await builderLog({
      ...{ file: drvOf('loud'), builder: address.replace(/^unix:/, 'docker+unix:') },
      ...{ cwd: folder, env: process.env, events: { output: () => undefined } },
    });
    const numbers = Array.from({ length: 400_000 }, (_, at) => `${at + 1}\n`);
    expect(text === numbers.join('')).toBe(true);
    expect(failure).toMatch(/-loud\.drv'\. Reason: builder failed with exit code 3\.$/);
  });
});
