/** Our answer against BuildKit's: what differs, in words. */
import { isDeepStrictEqual } from 'node:util';
import type { BatchResult } from '../../language-server/dockerfile';
import type { Golden } from './dockerfile-data';
import { isRecord, record } from './json';

/** What is compared, apart from each other. */
export const columns = [
  'ops',
  'metadata',
  'source locations',
  'image config',
  'error',
  'warnings',
  'lint',
  'lint error',
  'outline',
  'targets',
  'resolves',
  'loads',
  'export platforms',
] as const;
export type Column = (typeof columns)[number];

export type Comparison = {
  /** Those that this case has an answer for. */
  readonly compared: ReadonlySet<Column>;
  /** What differs, in words. */
  readonly differences: ReadonlyMap<Column, string>;
};

/** Against the nearest of the right answers. */
export function compareWith(result: BatchResult, goldens: readonly Golden[]): Comparison {
  const all = goldens.map((golden) => compare(result, golden));
  const [first = { compared: new Set(), differences: new Map() }] = all;
  return all.reduce(
    (best, next) => (next.differences.size < best.differences.size ? next : best),
    first,
  );
}

function compare(result: BatchResult, golden: Golden): Comparison {
  const compared = new Set<Column>();
  const differences = new Map<Column, string>();
  const check = (column: Column, ours: unknown, theirs: unknown): void => {
    compared.add(column);
    if (isDeepStrictEqual(withoutSuggestions(ours), withoutSuggestions(theirs))) return;
    differences.set(column, `${column}: got ${show(ours)}, BuildKit says ${show(theirs)}`);
  };
  const { results, error } = result;
  check(
    'ops',
    results.map(({ id, ops }) => [id, ...ops.map(digestOf)]),
    golden.results.map(({ id, digests }) => [id, ...digests]),
  );
  const contents = golden.results.map((one) => one.contents);
  if (contents.length > 0 && !contents.includes(undefined)) {
    const metadata = (op: unknown) => record(op)['metadata'];
    const places = (op: unknown) => record(op)['locations'];
    check('metadata', eachOp(results, metadata), eachOp(golden.results, metadata));
    check('source locations', eachOp(results, places), eachOp(golden.results, places));
  }
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
  const { resolves = [], loads = [], exportPlatforms } = result.requests ?? {};
  if (golden.resolves !== undefined) {
    check('resolves', inAnyOrder(resolves), inAnyOrder(golden.resolves));
  }
  if (golden.loads !== undefined) check('loads', inAnyOrder(loads), inAnyOrder(golden.loads));
  if (golden.exportPlatforms !== undefined) {
    check('export platforms', exportPlatforms, golden.exportPlatforms);
  }
  return { compared, differences };
}

/** Each once: BuildKit may ask twice at the same moment. */
function inAnyOrder(values: readonly unknown[]): string[] {
  return [...new Set(values.map((value) => stableJson(value)))].sort();
}

function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isRecord(part) ? Object.fromEntries(Object.entries(part).sort(byKey)) : part,
  );
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function digestOf(op: unknown): unknown {
  return isRecord(op) ? op['digest'] : op;
}

function eachOp(
  results: readonly {
    readonly ops?: readonly unknown[];
    readonly contents?: readonly unknown[] | undefined;
  }[],
  read: (op: unknown) => unknown,
): unknown[][] {
  return results.map(({ ops, contents = ops ?? [] }) => contents.map(read));
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
