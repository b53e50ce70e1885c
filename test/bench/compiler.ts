/**
 * Parsing, linting and compiling Dockerfiles, each file in processes of its own, beside what
 * BuildKit's own frontend in Go takes for the same files.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundled';
import { record } from '../conformance/json';
import { amount, type Figure } from './report';

const MADE_UP = [30, 300, 3000];
/** In the place of `big-continuations`: RUNs, and lines of each; what Go takes for them. */
const LONG_RUNS = { size: '100x100', go: '111–170' };

/**
 * CPU milliseconds of the Go frontend (0.32) for parse, LLB and marshal of the `big-*` cases of the
 * conformance data, on a machine of the same kind; measured again beside this one under load they
 * were 66–75, 210–266, (not there), 20–27 and 29–35, least and median.
 */
const goFigures: Readonly<Record<string, string>> = {
  'big-monorepo': '55–58',
  'big-linear': '196',
  'big-continuations': '21',
  'big-heredocs': '33',
  'big-mesh': '38',
};

/** @param root the repository's root; the conformance data lies beside it */
export async function compiler(root: string): Promise<Figure[]> {
  const { run, dispose } = await bundle(join(root, 'test/bench/compiler-run.ts'));
  try {
    const figures: Figure[] = [];
    for (const lines of MADE_UP) figures.push(...timesOf(run, `${lines} lines`, String(lines)));
    figures.push(
      ...timesOf(run, `${LONG_RUNS.size} continued lines`, LONG_RUNS.size, LONG_RUNS.go),
    );
    const cases = join(root, '../shared/conformance/dockerfile/cases');
    const folders = existsSync(cases) ? readdirSync(cases) : [];
    for (const [name, go] of Object.entries(goFigures)) {
      const folder = folders.find((candidate) => candidate.includes(`-${name}-`));
      if (folder === undefined) {
        const note = `the case is not in ../shared/conformance; Go takes ${go} ms`;
        figures.push({ name, value: 'skipped', note });
      } else figures.push(...timesOf(run, name, join(cases, folder, 'Dockerfile'), go));
    }
    return figures;
  } finally {
    dispose();
  }
}

type Run = (...args: readonly string[]) => unknown;

function timesOf(run: Run, name: string, file: string, go?: string): Figure[] {
  const all = timesIn(run(file, 'compile'));
  const coldLint = timesIn(run(file, 'lint'))('coldLint');
  const ms = (value: number): string => amount(value, 'ms');
  const cold = all('coldParse') + all('coldCompile') + all('coldMarshal');
  return [
    {
      name: `${name}: cold parse + LLB + marshal`,
      value: ms(cold),
      note: `CPU, first in its process: parse ${ms(all('coldParse'))}, compile ${ms(all('coldCompile'))}, marshal ${ms(all('coldMarshal'))}; lint instead of compile ${ms(coldLint)}`,
    },
    {
      name: `${name}: warm parse + LLB + marshal`,
      value: ms(all('whole')),
      note:
        (go === undefined ? '' : `Go ${go} ms; `) +
        `nothing kept between rounds; of it parse ${ms(all('parse'))}; parse + lint ${ms(all('lint'))}; ${all('ops')} ops, ${all('bytes')} bytes`,
    },
    {
      name: `${name}: the same text once more`,
      value: ms(all('again')),
      note: 'compile + marshal with what is kept of the last time',
    },
  ];
}

/** The numbers of a run by name. */
function timesIn(value: unknown): (name: string) => number {
  const times = new Map<string, unknown>(Object.entries(record(value)));
  return (name) => {
    const time = times.get(name);
    if (typeof time !== 'number') throw new Error(`the run tells no ${name}`);
    return time;
  };
}
