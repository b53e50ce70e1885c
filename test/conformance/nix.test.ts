/** Derivations that real Nix and Guix wrote: printing gives the same bytes, contents give the paths. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  closurePaths,
  compileClosure,
  derivationDiagnostics,
  narBytes,
  narHash,
  parseDerivation,
  parseDerivationJson,
  printDerivation,
  readNar,
  type Closure,
} from '../../language-server/derivation';
import { openDerivations } from '../../language-server/server/store-reader';

const DATA = resolve(import.meta.dirname, '../../../shared/conformance/nix');
const present = existsSync(DATA);
if (!present) console.warn('skipped: the Nix conformance data (../shared) is not there');

/** Checks every file of a folder of derivations; answers how many there were. */
async function checkFolder(folder: string): Promise<number> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.drv'));
  for (const name of files) {
    const bytes = await readFile(join(folder, name));
    const { derivation, errors } = parseDerivation(bytes);
    expect(errors, name).toEqual([]);
    expect(derivation && bytes.equals(printDerivation(derivation)), name).toBe(true);
  }
  const { closure } = await openDerivations([folder]);
  expect(closure.derivations.size).toBe(files.length);
  checkPaths(closure);
  return files.length;
}

function checkPaths(closure: Closure): void {
  const paths = new Map(closurePaths(closure).map(({ drv, outputs }) => [drv, outputs]));
  for (const { path, derivation } of closure.derivations.values()) {
    const known = derivation?.outputs.filter((output) => output.path !== '') ?? [];
    const wanted = Object.fromEntries(known.map((output) => [output.name, output.path]));
    expect(paths.get(path), path).toEqual(wanted);
  }
}

describe.skipIf(!present)('derivations of real Nix', () => {
  const cases = present ? readdirSync(join(DATA, 'cases')) : [];

  it.each(cases)('%s: prints the same bytes and has the paths Nix gave', async (name) => {
    expect(await checkFolder(join(DATA, 'cases', name, 'drvs'))).toBeGreaterThan(0);
  });

  it.each(cases)('%s: nothing is wrong with it but its sources being elsewhere', async (name) => {
    const { closure } = await openDerivations([join(DATA, 'cases', name, 'drvs')]);
    for (const each of closure.derivations.values()) {
      const found = derivationDiagnostics({ ...each, parsed: each }, closure);
      expect(found.filter(({ code }) => code !== 'missing-source')).toEqual([]);
    }
  });
});

describe.skipIf(!present)('JSON of real Nix', () => {
  const shapes = ['show.json', 'show.nix226.json', 'show.nix28.json'];
  const files = (present ? readdirSync(join(DATA, 'cases')) : []).flatMap((name) =>
    shapes.map((shape) => join(DATA, 'cases', name, shape)).filter((file) => existsSync(file)),
  );

  it('reads every layout into the derivations that the same Nix wrote as files', async () => {
    let count = 0;
    for (const file of files) {
      const { derivations, errors } = parseDerivationJson(await readFile(file, 'utf8'));
      expect(errors, file).toEqual([]);
      for (const { path, derivation } of derivations) {
        const drv = await readFile(join(file, '../drvs', basename(path)));
        expect(Buffer.from(printDerivation(derivation)).toString(), path).toBe(drv.toString());
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(150);
  });
});

describe.skipIf(!present)('sources of real Nix', () => {
  const sources = present ? readdirSync(join(DATA, 'sources')) : [];
  it.each(sources)('%s: reads and writes again the same archive', async (name) => {
    const bytes = await readFile(join(DATA, 'sources', name));
    const tree = readNar(bytes);
    expect(bytes.equals(narBytes(tree))).toBe(true);
    expect(narHash(tree).size).toBe(bytes.length);
  });
});

describe.skipIf(!present)('closures of real Guix', () => {
  const folder = mkdtempSync(join(tmpdir(), 'llb-lens-guix-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  describe.each([
    ['hello', 228],
    ['git', 877],
  ])('%s', (name, count) => {
    const store = join(folder, name, 'gnu/store');
    beforeAll(() => {
      execFileSync('mkdir', ['-p', join(folder, name)]);
      const archive = join(DATA, 'guix', `${name}.drvs.tar.xz`);
      execFileSync('tar', ['-xJf', archive, '-C', join(folder, name)]);
    });

    it(`prints the same bytes and has the paths of all ${count} derivations`, async () => {
      expect(await checkFolder(store)).toBe(count);
    });

    it('compiles to a step a derivation, to be drawn though not built', async () => {
      const { closure } = await openDerivations([store]);
      const compiled = compileClosure(closure, {
        sessionId: '0'.repeat(25),
        shell: { ref: 'docker.io/library/busybox:musl' },
      });
      const steps = compiled.definition?.ops.filter(({ op }) => op.op.kind === 'exec');
      expect(steps).toHaveLength(count);
      expect(compiled.buildable).toBe(false);
      expect(new Set(compiled.problems.map(({ code }) => code))).toContain('unsupported');
    });
  });
});
