/**
 * Our compiler against the daemon's own frontend, text by text: the repository's samples and those
 * recorded cases that need no other images than the test registry's. `LLB_LENS_PARITY=all` runs
 * every such case, else some are picked.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { frontendReleases } from '../../language-server/dockerfile/compile/frontend-features';
import { available, caseNames, readCase } from '../conformance/dockerfile-data';
import { isRecord } from '../conformance/json';
import { buildkits } from '../env/context';
import { openOracle, type Answer, type Oracle, type Question } from './frontend-oracle';

const [buildkit] = buildkits();
const sample = resolve(__dirname, '../fixtures/sample');
const usable: ReadonlySet<string> = new Set([
  ...['target', 'buildArgs', 'labels', 'platforms', 'noCache', 'hostname', 'extraHosts'],
]);
const images =
  /^(?:(?:alpine|debian|ubuntu|busybox)(?::(?:latest|3\.20|12|22\.04|24\.04|1))?|scratch|[a-z]+)$/;

/** Cases that ask for nothing that the test environment lacks. */
function questions(): [string, Question][] {
  return caseNames().flatMap((name): [string, Question][] => {
    const { input } = readCase(name);
    const text = new TextDecoder().decode(
      typeof input.dockerfile === 'string' ? Buffer.from(input.dockerfile) : input.dockerfile,
    );
    const bases = [...text.matchAll(/^\s*FROM\s+(?:--\S+\s+)?(\S+)/gim)].map((match) => match[1]);
    const isUsable =
      Object.keys(input.options).every((key) => usable.has(key)) &&
      bases.every((base) => images.test(base ?? '')) &&
      !/^#\s*syntax|https?:|git|oci-layout/im.test(text);
    return isUsable ? [[name, { dockerfile: input.dockerfile, options: input.options }]] : [];
  });
}

const all = available ? questions() : [];
const picked =
  process.env['LLB_LENS_PARITY'] === 'all' ? all : all.filter((_one, index) => index % 12 === 0);

/** What BuildKit answers at random, or other releases say in other words, is not compared. */
function essence({ ops, error, outline, targets }: Answer): unknown {
  return withoutChance({
    ...(error === undefined ? { ops } : { error }),
    outline: inLineOrder(outline),
    ...(targets !== undefined && { targets }),
  });
}

/**
 * Of equally near suggestions BuildKit takes a random one, it names the rules of a failed check in
 * the order of a Go map, and of images that it looks up side by side any may fail first.
 */
function withoutChance(value: unknown): unknown {
  const parsed: unknown = JSON.parse(
    JSON.stringify(value)
      .replaceAll(/ \(did you mean [^?"]*\?\)/g, '')
      .replaceAll(
        /(lint violation found for rules: )([\w, ]*)/g,
        (_all, start: string, rules: string) => start + rules.split(', ').sort().join(', '),
      )
      .replaceAll(
        /"error":"[^"]*failed to resolve source metadata for .*?"(?=[,}])/g,
        '"error":"no image"',
      ),
  );
  return parsed;
}

/** The items of one line are in the random order of a Go map. */
function inLineOrder(outline: unknown): unknown {
  if (!isRecord(outline)) return outline;
  return Object.fromEntries(
    Object.entries(outline).map(([key, items]) => [
      key,
      Array.isArray(items) ? items.map((item) => JSON.stringify(sorted(item))).sort() : items,
    ]),
  );
}

function sorted(item: unknown): unknown {
  return isRecord(item)
    ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
    : item;
}

describe.skipIf(buildkit === undefined)('the daemon’s frontend makes the same LLB of', () => {
  let oracle: Oracle;
  beforeAll(async () => {
    oracle = await openOracle(buildkit?.buildkitHost ?? buildkit?.address ?? '');
  });
  afterAll(() => oracle.close());

  /** Of some release of the frontend, the newest first. */
  async function expectEqual(question: Question): Promise<string | undefined> {
    const theirs = essence(await oracle.theirs(question));
    let newest: unknown;
    for (const release of [undefined, ...frontendReleases]) {
      const { dockerfile, options } = question;
      const ours = essence(
        await oracle.ours({ dockerfile, options: { ...options, frontendRelease: release } }),
      );
      newest ??= ours;
      if (isDeepStrictEqual(ours, theirs)) return release;
    }
    expect(newest).toEqual(theirs);
    return undefined;
  }

  test.each(['Dockerfile', 'Dockerfile.failing'])('the sample %s', async (name) => {
    const dockerfile = readFileSync(resolve(sample, name));
    expect(await expectEqual({ dockerfile })).toBeUndefined();
  });

  test.runIf(available)('recorded cases', { timeout: 10_000 * picked.length }, async () => {
    const drifted: string[] = [];
    for (const [name, question] of picked) {
      const release = await expectEqual(question);
      if (release !== undefined) drifted.push(`${name} as of ${release}`);
    }
    console.log(
      `Same LLB or error for ${picked.length} of ${all.length} recorded cases; ` +
        `by an older release’s rules: ${drifted.join(', ') || 'none'}`,
    );
    expect(picked.length).toBeGreaterThan(15);
  });

  test('an older frontend is followed in what it does not know', async () => {
    const question = (frontendRelease: string | undefined): Question => ({
      dockerfile: 'FROM alpine:3.20\nCOPY --parents a b\n',
      options: { frontendRelease },
    });
    expect(await oracle.ours(question('0.25'))).toMatchObject({
      error: 'dockerfile parse error on line 2: unknown flag: --parents',
    });
    expect((await oracle.ours(question(undefined))).error).toBeUndefined();
  });
});
