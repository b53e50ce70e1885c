/** Gathers what a prediction rests on: the files as they are now, the records, what the builder told. */
import type { Definition } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import { graphFromDefinitions } from '../../../proto/model/graph-from-definition';
import { BuildMemory } from './build-memory';
import { localsOf, type SourceFiles, vertexRecords } from './build-record';
import { type ContextFile, contextFiles, listContext } from './context-files';
import type { Steps } from './compare-steps';
import { type Lent, listingsByNeutral, localSources } from './local-sources';
import { predict, type StepPrediction } from './predict';
import { readBuildRecords, recordsFolder } from './record-store';
import type { Snapshots } from './snapshots';

/** What a file's build would be, as its builder has told. */
export type PlannedBuild = Lent & {
  /** As the builder's frontend makes them now. */
  readonly definitions: readonly Definition[];
  /** The file that is built; absolute. */
  readonly file: string;
  /** Ids of the builder's workers. */
  readonly workers: readonly string[];
  /** Whether the build imports a cache from elsewhere. */
  readonly importsCache: boolean;
  /** What the builder keeps. */
  readonly snapshots: Snapshots;
};

/** A build that has not begun. */
export type Outlook = {
  /** Its steps, with the files as they are. */
  readonly steps: Steps;
  /**
   * Says what it would do, any number of times: as the files are, or as if some were edited. Nobody
   * is asked any more.
   * @param edited files that count as changed, whatever they hold; absolute
   */
  readonly predict: (edited?: readonly string[]) => readonly StepPrediction[];
};

/** Looks at the files and the records as they are now. @throws the file system's error on a context */
export async function outlookOf(build: PlannedBuild, signal?: AbortSignal): Promise<Outlook> {
  const { definitions, file, workers, importsCache, snapshots } = build;
  const [contexts, records] = await Promise.all([filesNow(build, signal), readBuildRecords()]);
  const memory = new BuildMemory(records, workers.join(' '));
  const stepsWith = (edited: readonly string[]): Steps =>
    stepsNow(definitions, asIfEdited(contexts, edited));
  const steps = stepsWith([]);
  return {
    steps,
    predict: (edited = []) =>
      predict({
        definitions,
        steps: edited.length === 0 ? steps : stepsWith(edited),
        file,
        memory,
        snapshots,
        importsCache,
      }),
  };
}

type Context = { readonly root: string; readonly files: readonly ContextFile[] };
type Contexts = ReadonlyMap<Digest, Context>;

/** Every file that local sources let through, as it is now. */
async function filesNow(build: PlannedBuild, signal?: AbortSignal): Promise<Contexts> {
  const found = new Map<Digest, Context>();
  const locals = localsOf(build.definitions).values();
  for (const { digest, source, directory, stored } of localSources(locals, build)) {
    const stop = signal === undefined ? {} : { signal };
    const listing = await listContext(directory, source, { stored, ...stop });
    const files = await contextFiles(listing, { store: recordsFolder(), ...stop });
    found.set(digest, { root: listing.root, files });
  }
  return found;
}

/** @param edited files that count as changed, whatever they hold; absolute */
function asIfEdited(contexts: Contexts, edited: readonly string[]): SourceFiles {
  return new Map(
    [...contexts].map(([digest, { root, files }]) => {
      const inside = new Set(
        edited
          .filter((path) => path.startsWith(`${root}/`))
          .map((path) => path.slice(root.length + 1)),
      );
      return [
        digest,
        inside.size === 0
          ? files
          : files.map((one) => (inside.has(one.path) ? { ...one, hash: 'edited' } : one)),
      ];
    }),
  );
}

/** The steps of definitions that have not run. */
export function stepsNow(definitions: readonly Definition[], files: SourceFiles): Steps {
  const graph = graphFromDefinitions(definitions);
  return {
    vertices: vertexRecords(graph, definitions, files),
    sources: listingsByNeutral(definitions, files),
  };
}
