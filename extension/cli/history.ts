/**
 * `llb-lens history`: the builds that a builder remembers, whoever started them, or those in a file
 * of exported records.
 */
import { writeFile } from 'node:fs/promises';
import { readLocalState } from '../../proto/client/builders/buildx-store';
import { BuildkitError, Code } from '../../proto/client/buildkit-error';
import type { Connection } from '../../proto/client/connect';
import type { BuildGraph, NodeStatus } from '../../proto/model/build-graph';
import { BuildFailure } from '../engine/input/build-input';
import { dockerbuild } from '../engine/history/bundle';
import { bundledRecord, readBundle } from '../engine/history/bundle-reader';
import { OpenedBuild, type OpenedBuildEvents } from '../engine/history/opened-build';
import { historyRecord, type HistoryRecord } from '../engine/history/record';
import { builderRecord, findRecord, type RecordSource } from '../engine/history/record-source';
import { listHistory, noHistory } from '../engine/history/watch-history';
import type { Console } from './console';
import { CliError, ExitCode } from './exit-code';
import { withBuilder } from './with-builder';

export type HistoryFlags = {
  readonly builder?: string;
  readonly json: boolean;
  /** A file of exported records, which is read in place of a builder's history. */
  readonly file?: string;
};

/** Lists the builds, the newest first; those of a file, as they are in it. */
export async function historyList(
  flags: HistoryFlags,
  to: Console,
  signal: AbortSignal,
): Promise<number> {
  const records =
    flags.file === undefined
      ? await withHistory(flags, signal, ({ control }) => listHistory(control, process.env, signal))
      : (await readBundle(flags.file)).map(({ record, local }) => historyRecord(record, local));
  await to.out(
    flags.json
      ? `${JSON.stringify({ builds: records }, undefined, 2)}\n`
      : records.map(listLine).join(''),
  );
  return ExitCode.good;
}

/** Shows one build: its steps with their state, times and places, its error and attestations. */
export function historyInspect(
  ref: string | undefined,
  flags: HistoryFlags,
  to: Console,
  signal: AbortSignal,
): Promise<number> {
  return withRecord(ref, flags, signal, async (source) => {
    const build = await openBuild(source, signal, () => undefined);
    const { record, graph, error, attestations } = build;
    if (flags.json) {
      const answer = { record, graph, error: error ?? null, attestations };
      await to.out(`${JSON.stringify(answer, undefined, 2)}\n`);
      return ExitCode.good;
    }
    await to.out(
      [
        listLine(record),
        ...graph.nodes.map((node) => stepLine(graph, node)),
        ...(error === undefined ? [] : [`\nerror: ${error.message}\n`]),
        ...attestations.map(({ type, digest }) => `attestation: ${type} ${digest}\n`),
      ].join(''),
    );
    return ExitCode.good;
  });
}

/** Prints the log as plain progress; of a running build, until it ends. */
export function historyLogs(
  ref: string | undefined,
  flags: HistoryFlags,
  to: Console,
  signal: AbortSignal,
): Promise<number> {
  return withRecord(ref, flags, signal, async (source) => {
    let written = Promise.resolve();
    const build = await openBuild(source, signal, (text) => {
      written = written.then(() => to.out(text));
    });
    await build.ended;
    await written;
    return ExitCode.good;
  });
}

/** Deletes records; images and cache stay. */
export function historyRemove(
  refs: readonly string[],
  flags: HistoryFlags,
  signal: AbortSignal,
): Promise<number> {
  return withHistory(flags, signal, async (connection) => {
    for (const ref of refs) {
      await findRecord(connection, ref, signal);
      await connection.control.updateHistory({ ref, delete: true }, { signal });
    }
    return ExitCode.good;
  });
}

/** Writes Docker's own bundle. */
export function historyExport(
  ref: string,
  flags: HistoryFlags & { readonly output: string },
  signal: AbortSignal,
): Promise<number> {
  return withHistory(flags, signal, async (connection) => {
    const record = await findRecord(connection, ref, signal);
    const local = await readLocalState(process.env, ref);
    await writeFile(flags.output, await dockerbuild(connection, record, local, signal));
    return ExitCode.good;
  });
}

/** @param ref may be left out for the first build of a file */
async function withRecord<T>(
  ref: string | undefined,
  flags: HistoryFlags,
  signal: AbortSignal,
  work: (source: RecordSource) => Promise<T>,
): Promise<T> {
  if (flags.file !== undefined) return work(await bundledRecord(flags.file, ref));
  if (ref === undefined) {
    throw new CliError(ExitCode.usage, 'which build?', {
      remedy: 'Give its id, which `llb-lens history` lists, or a file of records with --file.',
    });
  }
  return withHistory(flags, signal, async (connection) =>
    work(await builderRecord(connection, ref, signal)),
  );
}

async function withHistory<T>(
  { builder }: HistoryFlags,
  signal: AbortSignal,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  try {
    return await withBuilder(builder, signal, work);
  } catch (error) {
    if (error instanceof BuildkitError && error.code === Code.unimplemented) {
      throw new BuildFailure(noHistory);
    }
    throw error;
  }
}

function openBuild(
  source: RecordSource,
  signal: AbortSignal,
  output: OpenedBuildEvents['output'],
): Promise<OpenedBuild> {
  return OpenedBuild.open(source, {
    env: process.env,
    signal,
    events: { patch: () => undefined, ended: () => undefined, output },
  });
}

function listLine({ ref, name, state, started, completed, steps }: HistoryRecord): string {
  const seconds = ((completed ?? Date.now()) - started) / 1000;
  const when = new Date(started).toISOString().replace(/\.\d+Z$/, 'Z');
  const cached = `${steps.cached}/${steps.total} cached`;
  return `${ref}  ${state.padEnd(9)}  ${when}  ${seconds.toFixed(1)}s  ${cached}  ${name}\n`;
}

function stepLine({ status }: BuildGraph, node: BuildGraph['nodes'][number]): string {
  const { state = 'unknown', started, completed }: Partial<NodeStatus> = status[node.id] ?? {};
  const ran = started !== undefined && completed !== undefined && state !== 'cached';
  const time = ran ? ` ${((completed - started) / 1000).toFixed(1)}s` : '';
  const line = node.ranges[0]?.start.line;
  const place = line === undefined ? '' : `  (line ${line})`;
  return `  ${state.padEnd(9)}${time.padEnd(8)} ${node.fullName.replace(/\s*\n\s*/g, ' ')}${place}\n`;
}
