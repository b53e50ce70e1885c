/** Our answer against BuildKit's: what differs, in words. */
import { isDeepStrictEqual } from 'node:util';
import type { BatchResult } from '../../language-server/dockerfile';
import type { Golden } from './dockerfile-data';

/** The differences from the nearest of the right answers; empty when one is met. */
export function differences(result: BatchResult, goldens: readonly Golden[]): string[] {
  const all = goldens.map((golden) => compare(result, golden));
  return all.reduce((best, next) => (next.length < best.length ? next : best), all[0] ?? []);
}

function compare(result: BatchResult, golden: Golden): string[] {
  const found: string[] = [];
  const check = (what: string, ours: unknown, theirs: unknown): void => {
    if (isDeepStrictEqual(withoutSuggestions(ours), withoutSuggestions(theirs))) return;
    found.push(`${what}: got ${show(ours)}, BuildKit says ${show(theirs)}`);
  };
  const { results, error } = result;
  check('ops', results.map(opsOf), golden.results.map(opsOf));
  check(
    'image config',
    results.map(({ imageConfigDigest }) => imageConfigDigest),
    golden.results.map(({ imageConfigDigest }) => imageConfigDigest),
  );
  check('error', error, golden.error);
  // The order of several undefined variables on one line and of base images is left to chance.
  check('warnings', result.warnings.map(buildWarning).sort(), [...golden.warnings].sort());
  check(
    'lint',
    result.lint.map(({ rule, detail, location }) => `${rule}: ${detail} @ ${location}`).sort(),
    [...golden.lint].sort(),
  );
  const { lintError } = result;
  if (golden.error !== null) {
    const ours = lintError && `${lintError.message} @ ${lintError.location}`;
    if (golden.lintError !== null) check('lint error', ours, golden.lintError);
  }
  if (golden.outline !== undefined) check('outline', result.outline, golden.outline);
  if (golden.targets !== undefined) check('targets', result.targets, golden.targets);
  return found;
}

function opsOf({ id, ops }: { id: string; ops: readonly unknown[] }): readonly unknown[] {
  return [id, ...ops];
}

/** A build shows a warning with the first of its lines. */
function buildWarning({ rule, detail, location }: BatchResult['warnings'][number]): string {
  const [line = ''] = location.split(' ');
  const place = line === '' || line === '0' ? '' : ` (line ${line})`;
  return `${rule}: ${detail}${place} @ ${location}`;
}

/** Of equally near suggestions BuildKit takes a random one, so only their presence is compared. */
function withoutSuggestions(value: unknown): unknown {
  const parsed: unknown =
    value === undefined
      ? undefined
      : JSON.parse(JSON.stringify(value).replace(/\(did you mean [^?"]*\?\)/g, '(…?)'));
  return parsed;
}

function show(value: unknown): string {
  const json = value === undefined ? 'nothing' : JSON.stringify(value);
  return json.length > 600 ? `${json.slice(0, 600)}…` : json;
}
