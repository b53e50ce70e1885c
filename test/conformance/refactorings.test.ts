/**
 * Every refactoring at every instruction of the recorded cases: the file still builds, and a stage
 * that is cut in two runs the same commands with the same settings.
 */
import { afterAll, expect, test } from 'vitest';
import {
  applyEdits,
  batchSession,
  compile,
  parse,
  tableResolver,
  type CompileResult,
} from '../../language-server/dockerfile';
import { refactoringsAt } from '../../language-server/dockerfile/refactor/refactorings';
import { available, caseNames, images, readCase, type Example } from './dockerfile-data';

const table = available ? images() : {};
/** How often each kind was tried. */
const counts = new Map<string, number>();
/** Which stage gives SOURCE_DATE_EPOCH is said outside the file; it has to stand on scratch itself. */
const epochStage = 'SOURCE_DATE_EPOCH stage must use FROM scratch';
/** Longer files hold nothing that the others do not, thousands of times. */
const longest = 1500;

async function brokenRefactorings({ input }: Example): Promise<string[]> {
  const { options: given, name } = input;
  const resolver = tableResolver([table, given.images ?? {}], given.missingImages);
  const options = { session: batchSession, ...given };
  const tree = parse(input.dockerfile);
  if (tree.text.length > longest) return [];
  const before = await compile(tree, options, resolver);
  if (before.error !== undefined) return [];
  const broken: string[] = [];
  for (const { keywordSpan } of tree.instructions) {
    const place = { start: keywordSpan.start, end: keywordSpan.start };
    for (const { kind, edits } of refactoringsAt(tree, place)) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      const text = applyEdits(tree.text, edits);
      const after = await compile(parse(text), options, resolver);
      const message = after.error?.message;
      if (message === epochStage) continue;
      const differs = kind.endsWith('.stage') && commandsOf(after) !== commandsOf(before);
      if (message === undefined && !differs) continue;
      broken.push(`${name}: ${kind}: ${message ?? 'other commands'}\n${JSON.stringify(text)}`);
    }
  }
  return broken;
}

/** What runs, without the order of the variables, which changes where a stage begins. */
function commandsOf({ results }: CompileResult): string {
  const commands = results.flatMap(({ definition }) =>
    definition.ops.flatMap(({ op: { op } }) => {
      if (op.kind !== 'exec') return [];
      const { args, env, cwd, user } = op.meta;
      const mounts = op.mounts.map(({ dest, type, readonly }) => [dest, type, readonly]);
      return [JSON.stringify([args, env.toSorted(), cwd, user, op.network, op.security, mounts])];
    }),
  );
  return commands.sort().join('\n');
}

test.skipIf(!available)('no refactoring breaks a file', async () => {
  const broken: string[] = [];
  for (const name of caseNames()) broken.push(...(await brokenRefactorings(readCase(name))));
  expect(broken).toEqual([]);
});

afterAll(() => {
  if (!available) return;
  for (const kind of ['extract.stage', 'rewrite.merge', 'rewrite.link', 'rewrite.execForm']) {
    expect(counts.get(`refactor.${kind}`) ?? 0, kind).toBeGreaterThan(100);
  }
});
