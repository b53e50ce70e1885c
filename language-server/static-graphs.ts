/**
 * The graphs of the open files: asked for once, then kept up to date by patches.
 *
 * A graph has a version of its own, because profile and image metadata change it without an edit.
 * Node ids are carried from each version to the next.
 */
import type { BuildProfile } from '../proto/messages/build-profile';
import type { GraphPatchParams, GraphResult } from '../proto/messages/language-server';
import { emptyGraph, type BuildGraph } from '../proto/model/build-graph';
import type { Definition } from '../proto/model/definition';
import { diffGraphs } from '../proto/model/graph-patch';
import type { BuildFile } from './build-file';
import { withMetadata, type OpAndMetadata } from './whole-op';

type TrackedGraph = {
  readonly profile: BuildProfile;
  readonly documentVersion: number;
  readonly version: number;
  readonly graph: BuildGraph;
  readonly definitions: readonly Definition[];
};

export class StaticGraphs {
  private readonly tracked = new Map<string, TrackedGraph>();
  /** Raised by every run for a file, so that a run can see that a newer one has begun. */
  private readonly runs = new Map<string, number>();

  /** @param publish sends a patch to the client */
  constructor(private readonly publish: (patch: GraphPatchParams) => void) {}

  /** Says whether the client shows this file's graph, and so wants patches. */
  isWanted(uri: string): boolean {
    return this.tracked.has(uri);
  }

  /** Answers `llb/graph`; from now on {@link update} sends patches for the file. */
  async request(file: BuildFile, profile: BuildProfile): Promise<GraphResult> {
    const { uri } = file.document;
    const run = this.startRun(uri);
    const next = await this.compile(file, profile);
    if (this.runs.get(uri) === run) this.tracked.set(uri, next);
    return {
      documentVersion: next.documentVersion,
      graphVersion: next.version,
      graph: next.graph,
    };
  }

  /** Compiles again after an edit; a run that has been overtaken by a newer one sends nothing. */
  async update(file: BuildFile): Promise<void> {
    const { uri } = file.document;
    const before = this.tracked.get(uri);
    if (before === undefined) return;
    const run = this.startRun(uri);
    const next = await this.compile(file, before.profile);
    if (this.runs.get(uri) !== run || !this.tracked.has(uri)) return;
    const patch = diffGraphs(before.graph, next.graph);
    this.tracked.set(uri, next);
    this.publish({
      uri,
      documentVersion: next.documentVersion,
      base: before.version,
      graphVersion: next.version,
      patch: patch ?? {},
    });
  }

  /** The op of a node of the graph that was sent last. @param node its neutral digest */
  op(uri: string, node: string): OpAndMetadata | undefined {
    const { graph, definitions = [] } = this.tracked.get(uri) ?? {};
    const digest = graph?.nodes.find(({ neutralDigest }) => neutralDigest === node)?.digest;
    for (const definition of definitions) {
      const found = withMetadata(definition, digest);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The client no longer shows the graph, or the file is closed. */
  close(uri: string): void {
    this.tracked.delete(uri);
    this.startRun(uri);
  }

  private startRun(uri: string): number {
    const run = (this.runs.get(uri) ?? 0) + 1;
    this.runs.set(uri, run);
    return run;
  }

  /** When nothing compiles, the last good graph stays, with the notes that say why. */
  private async compile(file: BuildFile, profile: BuildProfile): Promise<TrackedGraph> {
    const { uri, version } = file.document;
    const before = this.tracked.get(uri);
    const previous = before?.graph ?? emptyGraph;
    const { graph, definitions, notes } = await file.compile(profile, previous);
    return {
      profile,
      documentVersion: version,
      version: (before?.version ?? 0) + 1,
      graph: graph ?? { ...previous, notes },
      definitions: definitions ?? before?.definitions ?? [],
    };
  }
}
