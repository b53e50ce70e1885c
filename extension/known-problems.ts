/**
 * What a build has said of lines of its file, found again in a text that may have been edited since.
 * A problem stays with its lines wherever they go, and goes with them: edited lines are not what was
 * built.
 */
import type { BuildWarningBody } from '../proto/messages/debug-adapter';
import type { BuildGraph } from '../proto/model/build-graph';

export type BuildProblem = {
  readonly kind: 'failure' | 'warning';
  readonly message: string;
  /** BuildKit's rule, where it is one of lint. */
  readonly rule?: string;
  readonly url?: string;
  /** The document. */
  readonly uri: string;
  /** Lines of the text that was built, from 0; both belong to it. */
  readonly first: number;
  readonly last: number;
};

/** The steps that failed, and the warnings that have a place in a file that is known. */
export function problemsOf(
  { nodes, sources, status }: BuildGraph,
  warnings: readonly BuildWarningBody[],
): BuildProblem[] {
  const failures = nodes.flatMap(({ id, ranges }): BuildProblem[] => {
    const { state, error = '' } = status[id] ?? {};
    if (state !== 'failed' || error === '') return [];
    const [range] = ranges;
    const uri = range && sources[range.source]?.uri;
    if (range === undefined || uri === undefined) return [];
    // A range of whole lines ends where its last line begins.
    const { start, end } = range;
    return [{ kind: 'failure', message: error, uri, first: start.line - 1, last: end.line - 1 }];
  });
  return [...distinct(failures), ...warnings.flatMap((one) => warningProblems(one, sources))];
}

/** Lint is said as `Rule: words (line 3)`; what a step says of itself is any text. */
function warningProblems(
  { text, url, filename, lines }: BuildWarningBody,
  sources: BuildGraph['sources'],
): BuildProblem[] {
  const uri = sources.find((source) => source.filename === filename)?.uri;
  if (uri === undefined) return [];
  const [, rule, words = text] = /^([A-Z]\w+): ([^]*?)(?: \(line \d+\))?$/.exec(text) ?? [];
  return lines.map((line) => ({
    kind: 'warning',
    message: words,
    ...(rule === undefined ? {} : { rule }),
    ...(url === '' ? {} : { url }),
    uri,
    first: line - 1,
    last: line - 1,
  }));
}

/** A step of several platforms fails on each of them. */
const distinct = (problems: readonly BuildProblem[]): BuildProblem[] => [
  ...new Map(problems.map((one) => [JSON.stringify(one), one])).values(),
];

/**
 * Where a problem's lines are now; undefined where they have been edited. Of lines that stand there
 * more than once the one in the same place among them counts, else the nearest.
 */
export function placeNow(
  { first, last }: Pick<BuildProblem, 'first' | 'last'>,
  built: string,
  current: string,
): { readonly first: number; readonly last: number } | undefined {
  if (built === current) return { first, last };
  const before = built.split(/\r?\n/);
  const lines = before.slice(first, last + 1);
  const now = places(current.split(/\r?\n/), lines);
  const then = places(before, lines);
  const nearest = now.toSorted((a, b) => Math.abs(a - first) - Math.abs(b - first))[0];
  const at = now.length === then.length ? now[then.indexOf(first)] : nearest;
  return at === undefined ? undefined : { first: at, last: at + last - first };
}

/** Where a run of lines stands in a text, by its first line. */
function places(text: readonly string[], lines: readonly string[]): number[] {
  return text.flatMap((_, start) =>
    lines.every((line, index) => text[start + index] === line) ? [start] : [],
  );
}
