/**
 * Our Dockerfile frontend against the recorded answers of BuildKit's own: digests of all ops, image
 * configs, errors with their places, warnings, lint, outline and targets.
 *
 * A case may differ only if the compiler itself says that something is unsupported, or if it is in
 * `dockerfile-known.json` with a reason; an entry that no longer differs must go.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { runBatchCase } from '../../language-server/dockerfile';
import { available, caseNames, images, mutants, readCase, type Example } from './dockerfile-data';
import { columns, compareWith, type Column } from './dockerfile-compare';
import known from './dockerfile-known.json' with { type: 'json' };

const reasons = new Map<string, string>(Object.entries(known));
const counts = { equal: 0, unsupported: 0, different: 0 };
const perColumn = new Map<Column, { equal: number; different: number }>(
  columns.map((column) => [column, { equal: 0, different: 0 }]),
);

async function outcome({
  input,
  goldens,
}: Example): Promise<{ kind: keyof typeof counts; found: readonly string[] }> {
  const full = goldens.some(
    ({ results, resolves }) =>
      resolves !== undefined || results.some(({ contents }) => contents !== undefined),
  );
  const result = await runBatchCase(input, table, full);
  const { compared, differences } = compareWith(result, goldens);
  for (const [column, count] of perColumn) {
    if (compared.has(column)) count[differences.has(column) ? 'different' : 'equal']++;
  }
  const found = [...differences.values()];
  const kind =
    found.length === 0 ? 'equal' : result.unsupported === undefined ? 'different' : 'unsupported';
  counts[kind]++;
  return { kind, found };
}

const table = available ? images() : {};

describe.skipIf(!available)('a Dockerfile compiles to what BuildKit makes of it', () => {
  afterAll(() => {
    const rows = [...perColumn].map(
      ([column, { equal, different }]) => `\n  ${column}: ${equal} equal, ${different} different`,
    );
    console.log(
      `Dockerfile conformance: ${counts.equal} equal, ${counts.unsupported} reported unsupported, ${counts.different} different${rows.join('')}`,
    );
  });

  it.each(caseNames())('%s', { timeout: 60_000 }, async (name) => {
    const { kind, found } = await outcome(readCase(name));
    if (reasons.has(name)) expect(kind, `${name} no longer differs`).not.toBe('equal');
    else expect(kind === 'unsupported' ? [] : found).toEqual([]);
  });

  it('mutated Dockerfiles, half of them broken', { timeout: 1_200_000 }, async () => {
    const unexpected: string[] = [];
    const healed: string[] = [];
    for (const example of mutants()) {
      const { name } = example.input;
      const { kind, found } = await outcome(example);
      if (kind === 'different' && !reasons.has(name))
        unexpected.push(`${name}: ${found.join('; ')}`);
      if (kind === 'equal' && reasons.has(name)) healed.push(name);
    }
    expect(unexpected).toEqual([]);
    expect(healed).toEqual([]);
  });
});

if (!available) it.skip('needs ../shared/conformance beside the repository');
