/** Gathers what a prediction rests on: the files as they are now, the records, the builder's snapshots. */
import type { Connection } from '../../../proto/client/connect';
import type { Definition } from '../../../proto/model/definition';
import { graphFromDefinitions } from '../../../proto/model/graph-from-definition';
import { BuildMemory } from './build-memory';
import { localsOf, type SourceFiles, vertexRecords } from './build-record';
import { type ContextFile, contextFiles, listContext } from './context-files';
import type { Steps } from './compare-steps';
import { type Lent, listingsByNeutral, localSources } from './local-sources';
import { predict, type StepPrediction } from './predict';
import { readBuildRecords, recordsFolder } from './record-store';
import { Snapshots } from './snapshots';

export type PredictedBuild = Lent & {
  /** As the builder's frontend makes them now. */
  readonly definitions: readonly Definition[];
  /** The file that is built; absolute. */
  readonly file: string;
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
async function filesNow(
  { edited = [], ...build }: PredictedBuild,
  signal?: AbortSignal,
): Promise<SourceFiles> {
  const found = new Map<Parameters<SourceFiles['get']>[0], readonly ContextFile[]>();
  const locals = localsOf(build.definitions).values();
  for (const { digest, source, directory, stored } of localSources(locals, build)) {
    const stop = signal === undefined ? {} : { signal };
    const listing = await listContext(directory, source, { stored, ...stop });
    const { root } = listing;
    const files = await contextFiles(listing, { store: recordsFolder(), ...stop });
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
  return {
    vertices: vertexRecords(graph, definitions, files),
    sources: listingsByNeutral(definitions, files),
  };
}
