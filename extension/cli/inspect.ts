/**
 * `llb-lens inspect DIGEST`: what is known of one step by its digest, or of one cache record by its
 * id: the newest build of the history that had it, its op, place and state, or what it takes on disk.
 */
import { usageItem } from '../engine/builder/disk-usage';
import { OpenedBuild } from '../engine/history/opened-build';
import { builderRecord } from '../engine/history/record-source';
import { listHistory } from '../engine/history/watch-history';
import type { Connection } from '../../proto/client/connect';
import type { Console } from './console';
import { CliError, ExitCode } from './exit-code';
import type { HistoryFlags } from './history';
import { withBuilder } from './with-builder';

/** So many builds of the history are looked through, the newest first. */
const builds = 100;

export function inspect(
  wanted: string,
  flags: HistoryFlags,
  to: Console,
  signal: AbortSignal,
): Promise<number> {
  return withBuilder(flags.builder, signal, async (connection) => {
    const found =
      (await cacheRecord(connection, wanted, signal)) ?? (await step(connection, wanted, signal));
    if (found === undefined) {
      throw new CliError(
        ExitCode.failed,
        `neither a cache record nor a step of the newest ${builds} builds is called ${wanted}`,
        { remedy: 'Give a digest such as sha256:…, the beginning of one, or an id of the cache.' },
      );
    }
    await to.out(
      flags.json
        ? `${JSON.stringify(found, undefined, 2)}\n`
        : Object.entries(found)
            .map(([name, value]) => line(name, value))
            .join(''),
    );
    return ExitCode.good;
  });
}

type Found = Readonly<Record<string, unknown>>;

async function cacheRecord(
  { control }: Connection,
  id: string,
  signal: AbortSignal,
): Promise<Found | undefined> {
  const { record } = await control.diskUsage({}, { signal });
  const item = record.find((one) => one.id === id);
  return item === undefined ? undefined : { kind: 'cache record', ...usageItem(item) };
}

async function step(
  connection: Connection,
  digest: string,
  signal: AbortSignal,
): Promise<Found | undefined> {
  if (!/^(sha256:)?[0-9a-f]{6,64}$/.test(digest)) return undefined;
  const beginning = digest.startsWith('sha256:') ? digest : `sha256:${digest}`;
  const records = await listHistory(connection.control, process.env, signal);
  for (const { ref, name, state } of records.slice(0, builds)) {
    if (state === 'running') continue;
    const { graph } = await OpenedBuild.open(await builderRecord(connection, ref, signal), {
      env: process.env,
      signal,
      events: { patch: () => undefined, ended: () => undefined, output: () => undefined },
    });
    const node = graph.nodes.find((one) => one.digest.startsWith(beginning));
    if (node === undefined) continue;
    return {
      kind: 'step',
      build: { ref, name },
      digest: node.digest,
      name: node.fullName,
      op: node.kind,
      lines: [...new Set(node.ranges.map(({ start }) => start.line))],
      inputs: node.inputs.map((input) => graph.nodes.find(({ id }) => id === input.node)?.digest),
      details: Object.fromEntries(node.details.map(({ label, value }) => [label, value])),
      status: graph.status[node.id] ?? { state: 'unknown' },
    };
  }
  return undefined;
}

function line(name: string, value: unknown): string {
  return `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}\n`;
}
