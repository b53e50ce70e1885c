/** Gathers what a prediction rests on: the files as they are now, the records, the builder's snapshots. */
import type { Connection } from '../../../proto/client/connect';
import type { Definition } from '../../../proto/model/definition';
import { graphFromDefinitions } from '../../../proto/model/graph-from-definition';
import { neutralDigests } from '../../../proto/model/neutral-digest';
import { BuildMemory } from './build-memory';
import { localsOf, type SourceFiles, vertexRecords } from './build-record';
import { type ContextFile, listContext } from './context-files';
import type { Steps } from './compare-steps';
import { predict, type StepPrediction } from './predict';
import { readBuildRecords, recordsFolder } from './record-store';
import { Snapshots } from './snapshots';

export type PredictedBuild = {
  /** As the builder's frontend makes them now. */
  readonly definitions: readonly Definition[];
  /** The file that is built; absolute. */
  readonly file: string;
  /** Local source name → absolute folder. */
  readonly directories: Readonly<Record<string, string>>;
  readonly stored?: readonly string[];
  /** Ids of the builder's workers. */
  readonly workers: readonly string[];
  /** Whether the build imports a cache from elsewhere. */
  readonly importsCache: boolean;
  /** Files that count as changed, whatever they hold; absolute. */
  readonly edited?: readonly string[];
};

/** @throws BuildkitError when the builder does not answer, or the file system's error on a context */
export async function predictBuild(
  build: PredictedBuild,
  control: Connection['control'],
  signal?: AbortSignal,
): Promise<readonly StepPrediction[]> {
  const { definitions, file, workers, importsCache } = build;
  const [files, records, usage] = await Promise.all([
    filesNow(build, signal),
    readBuildRecords(),
    control.diskUsage({}, signal === undefined ? {} : { signal }),
  ]);
  return predict({
    definitions,
    steps: stepsNow(definitions, files),
    file,
    memory: new BuildMemory(records, workers.join(' ')),
    snapshots: new Snapshots(usage.record),
    importsCache,
  });
}

/** Every file that local sources let through, as it is now. */
export async function filesNow(
  { definitions, directories, stored = [], edited = [] }: PredictedBuild,
  signal?: AbortSignal,
): Promise<SourceFiles> {
  const found = new Map<Parameters<SourceFiles['get']>[0], readonly ContextFile[]>();
  for (const [digest, { op }] of localsOf(definitions)) {
    if (op.op.kind !== 'source') continue;
    const name = op.op.identifier.replace(/^local:\/\//, '');
    const directory = directories[name];
    if (directory === undefined) continue;
    const { root, files } = await listContext(directory, op.op, {
      store: recordsFolder(),
      stored: stored.includes(name),
      ...(signal === undefined ? {} : { signal }),
    });
    const inside = new Set(
      edited
        .filter((path) => path.startsWith(`${root}/`))
        .map((path) => path.slice(root.length + 1)),
    );
    found.set(
      digest,
      files.map((one) => (inside.has(one.path) ? { ...one, hash: 'edited' } : one)),
    );
  }
  return found;
}

/** The steps of definitions that have not run. */
export function stepsNow(definitions: readonly Definition[], files: SourceFiles): Steps {
  const graph = graphFromDefinitions(definitions);
  const sources: Record<string, readonly ContextFile[]> = {};
  for (const definition of definitions) {
    for (const [digest, neutral] of neutralDigests(definition)) {
      const listing = files.get(digest);
      if (listing !== undefined) sources[neutral] = listing;
    }
  }
  return { vertices: vertexRecords(graph, definitions, files), sources };
}
