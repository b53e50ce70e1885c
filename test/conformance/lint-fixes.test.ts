/**
 * Every fix for every finding in the recorded cases and their mutations: it removes this finding and
 * adds none, and a fix that promises so leaves every op of the build as it was.
 */
import { afterAll, describe, expect, it } from 'vitest';
import {
  applyEdits,
  batchSession,
  compile,
  fixesFor,
  lint,
  parse,
  tableResolver,
  type AppliedFix,
  type BatchOptions,
  type ImageResolver,
  type LintWarning,
  type SyntaxTree,
} from '../../language-server/dockerfile';
import {
  ignoreInFile,
  ignoreOnInstruction,
} from '../../language-server/dockerfile/lint/fixes/ignore';
import { available, caseNames, images, mutants, readCase, type Example } from './dockerfile-data';

const table = available ? images() : {};
const counts = new Map<string, { findings: number; fixes: number }>();

const checkArg = 'BUILDKIT_DOCKERFILE_CHECK';

type Setting = { readonly options: BatchOptions; readonly resolver: ImageResolver };

/** What is wrong with the fixes of a file's findings. */
async function brokenFixes({ input }: Example): Promise<string[]> {
  const { options } = input;
  const resolver = tableResolver([table, options.images ?? {}], options.missingImages);
  // Experimental rules too: they have fixes as well.
  const buildArgs = { [checkArg]: 'experimental=all', ...options.buildArgs };
  const setting = { options: { session: batchSession, ...options, buildArgs }, resolver };
  const tree = parse(input.dockerfile);
  const { warnings } = await lint(tree, setting.options, resolver);
  const broken: string[] = [];
  for (const finding of warnings) {
    const fixes = fixesFor(tree, finding);
    const count = counts.get(finding.rule) ?? { findings: 0, fixes: 0 };
    counts.set(finding.rule, {
      findings: count.findings + 1,
      fixes: count.fixes + (fixes.length > 0 ? 1 : 0),
    });
    for (const where of ['here', 'in this file'] as const) {
      const problem = await unsilenced(tree, finding, where, setting);
      if (problem !== undefined) {
        broken.push(`${input.name}: ignoring ${finding.rule} ${where}: ${problem}`);
      }
    }
    for (const fix of fixes) {
      const problem = await problemOf(tree.text, finding, fix, warnings, setting);
      if (problem !== undefined) {
        const after = JSON.stringify(applyEdits(tree.text, fix.edits));
        broken.push(`${input.name}: ${finding.rule} “${fix.title}”: ${problem}\n${after}`);
      }
    }
  }
  return broken;
}

async function problemOf(
  text: string,
  finding: LintWarning,
  fix: AppliedFix,
  before: readonly LintWarning[],
  { options, resolver }: Setting,
): Promise<string | undefined> {
  const fixed = parse(applyEdits(text, fix.edits));
  const { warnings } = await lint(fixed, options, resolver);
  const left = tally(before);
  const now = tally(warnings);
  const key = keyOf(finding);
  if ((now.get(key) ?? 0) >= (left.get(key) ?? 0)) return 'the finding is still there';
  const [was, is] = await Promise.all([
    compile(parse(text), options, resolver),
    compile(fixed, options, resolver),
  ]);
  // In a file that cannot be built, one error may hide another.
  if (was.error !== undefined) return undefined;
  if (is.error !== undefined) return is.error.message;
  const added = [...now].find(([other, count]) => isRule(other) && count > (left.get(other) ?? 0));
  if (added !== undefined) return `it adds ${added[0]}`;
  if (!fix.keepsLlb) return undefined;
  const digests = ({ results }: typeof was) =>
    results.map(({ id, definition }) => [id, definition.ops.map(({ digest }) => digest)]);
  return JSON.stringify(digests(was)) === JSON.stringify(digests(is))
    ? undefined
    : 'it changes the LLB';
}

/** Texts quote keywords, whose casing a fix may change. */
const keyOf = ({ rule, detail }: LintWarning): string => `${rule}: ${detail.toLowerCase()}`;
/** A directive silences the rule where it says, and nothing else. */
async function unsilenced(
  tree: SyntaxTree,
  finding: LintWarning,
  where: 'here' | 'in this file',
  { options, resolver }: Setting,
): Promise<string | undefined> {
  const edits = where === 'here' ? ignoreOnInstruction(tree, finding) : ignoreInFile(tree, finding);
  // The build argument stands in for the file's directive, which would have no effect.
  const buildArgs = Object.entries(options.buildArgs ?? {}).filter(([name]) => name !== checkArg);
  const plain = { ...options, buildArgs: Object.fromEntries(buildArgs) };
  const was = tally((await lint(tree, plain, resolver)).warnings);
  if (edits === undefined || !was.has(finding.rule)) return undefined;
  const ignored = parse(applyEdits(tree.text, edits));
  const now = tally((await lint(ignored, plain, resolver)).warnings);
  const left = now.get(where === 'here' ? keyOf(finding) : finding.rule) ?? 0;
  const wanted = where === 'here' ? (was.get(keyOf(finding)) ?? 0) : 1;
  if (left >= wanted && was.has(keyOf(finding)))
    return `still there\n${JSON.stringify(ignored.text)}`;
  const others = [...was].find(
    ([key, count]) => isRule(key) && key !== finding.rule && (now.get(key) ?? 0) !== count,
  );
  return others === undefined
    ? undefined
    : `${others[0]} changes too\n${JSON.stringify(ignored.text)}`;
}

const isRule = (key: string): boolean => !key.includes(':');

/** By rule, and by rule and text. */
function tally(warnings: readonly LintWarning[]): Map<string, number> {
  const counted = new Map<string, number>();
  for (const warning of warnings) {
    for (const key of [warning.rule, keyOf(warning)]) {
      counted.set(key, (counted.get(key) ?? 0) + 1);
    }
  }
  return counted;
}

describe.skipIf(!available)('lint fixes', () => {
  afterAll(() => {
    const rows = [...counts].map(([rule, { findings, fixes }]) => `${rule} ${fixes}/${findings}`);
    console.log(`Lint findings with a fix: ${rows.sort().join(', ')}`);
  });

  it('remove their finding in the recorded cases', { timeout: 120_000 }, async () => {
    const broken: string[] = [];
    for (const name of caseNames().filter((one) => !one.includes('big-'))) {
      broken.push(...(await brokenFixes(readCase(name))));
    }
    expect(broken).toEqual([]);
  });

  it('remove their finding in mutations', { timeout: 240_000 }, async () => {
    const broken: string[] = [];
    const some = mutants().filter((_mutant, index) => index % 20 === 0);
    for (const mutant of some) broken.push(...(await brokenFixes(mutant)));
    expect(broken).toEqual([]);
  });
});

if (!available) it.skip('needs ../shared/conformance beside the repository');
