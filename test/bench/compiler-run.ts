/**
 * One file through the Dockerfile front end, in a process of its own: `FILE PART` prints the CPU
 * milliseconds of the part (`lint` or `compile`) cold, and for `compile` the warm medians of all.
 *
 * Warm means that the process is: each round parses the text anew and keeps nothing of the rounds
 * before, as a Go benchmark does. Only `again` compiles with what is kept of the same text.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  batchSession,
  compile,
  CompileMemo,
  lint,
  parse,
  tableResolver,
  type BatchOptions,
  type CompileResult,
  type ImageResolver,
} from '../../language-server/dockerfile';
import { useNativeSha256 } from '../../language-server/server/native-sha256';
import { definitionToPb } from '../../proto/model/unmarshal';
import * as pb from '../../proto/generated/ops';
import { record } from '../conformance/json';
import { dockerfileOf, longRunsOf } from './made-up-dockerfile';
import { median } from './report';

/** Long enough for the optimizing compiler to be done with what counts. */
const WARM_UP_MS = 1500;
const ROUNDS = 15;

type Input = {
  readonly source: Uint8Array;
  readonly options: BatchOptions;
  readonly resolver: ImageResolver;
};

/**
 * @param file a Dockerfile of the conformance data, or one to make up: so many lines, or so many
 *   RUNs of so many lines each (`100x100`). A case's platforms are left out: the Go figures are
 *   those of one.
 */
function inputOf(file: string): Input {
  if (/^\d+$/.test(file)) {
    return madeUp(dockerfileOf(Number(file)));
  }
  const [, runs, lines] = /^(\d+)x(\d+)$/.exec(file) ?? [];
  if (runs !== undefined) return madeUp(longRunsOf(Number(runs), Number(lines)));
  const folder = dirname(file);
  const given = join(folder, 'options.json');
  const own: BatchOptions = existsSync(given) ? jsonFile(given) : {};
  const images = jsonFile(join(folder, '../../images.json'));
  return {
    source: new Uint8Array(readFileSync(file)),
    options: { session: batchSession, ...own, platforms: [] },
    resolver: tableResolver([images, own.images ?? {}], own.missingImages),
  };
}

function madeUp(text: string): Input {
  const source = new TextEncoder().encode(text);
  return { source, options: { session: batchSession }, resolver: tableResolver([]) };
}

function jsonFile(path: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return record(value);
}

/** CPU milliseconds of a piece of work, all threads of the process counted. */
async function timed<T>(work: () => T | Promise<T>): Promise<{ ms: number; value: T }> {
  const before = process.cpuUsage();
  const value = await work();
  const { user, system } = process.cpuUsage(before);
  return { ms: (user + system) / 1000, value };
}

/** All definitions of a result in BuildKit's encoding; gives how many bytes they are. */
function marshalled({ results }: CompileResult): number {
  let bytes = 0;
  for (const { definition } of results) {
    bytes += pb.Definition.encode(definitionToPb(definition)).length;
  }
  return bytes;
}

async function warm(work: () => Promise<unknown>): Promise<number> {
  for (let spent = 0; spent < WARM_UP_MS;) spent += (await timed(work)).ms;
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push((await timed(work)).ms);
  return median(rounds);
}

async function main([file = '', part]: readonly string[]): Promise<
  Readonly<Record<string, number>>
> {
  useNativeSha256();
  const { source, options, resolver } = inputOf(file);
  const { ms: coldParse, value: tree } = await timed(() => parse(source));
  if (part === 'lint') {
    const { ms: coldLint } = await timed(() => lint(tree, options, resolver));
    return { coldLint };
  }
  const compiled = await timed(() => compile(tree, options, resolver));
  const encoded = await timed(() => marshalled(compiled.value));
  if (compiled.value.results.length === 0) throw new Error(`${file} makes no definition`);
  const memo = new CompileMemo();
  return {
    coldParse,
    coldCompile: compiled.ms,
    coldMarshal: encoded.ms,
    bytes: encoded.value,
    ops: compiled.value.results.reduce((sum, { definition }) => sum + definition.ops.length, 0),
    parse: await warm(() => Promise.resolve(parse(source))),
    lint: await warm(() => lint(parse(source), options, resolver)),
    whole: await warm(async () => marshalled(await compile(parse(source), options, resolver))),
    again: await warm(async () => marshalled(await compile(tree, options, resolver, memo))),
  };
}

void main(process.argv.slice(2)).then((figures) => {
  console.log(JSON.stringify(figures));
});
