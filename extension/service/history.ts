/** The build history of builders: watched live, and single builds opened from it. */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { opJson } from '../../language-server/whole-op';
import { readLocalState } from '../../proto/client/builders/buildx-store';
import { BuildkitError, Code } from '../../proto/client/buildkit-error';
import type { Connection } from '../../proto/client/connect';
import { BuildFailure } from '../engine/input/build-input';
import { dockerbuild } from '../engine/history/bundle';
import { bundledRecord, readBundle } from '../engine/history/bundle-reader';
import { OpenedBuild } from '../engine/history/opened-build';
import { historyRecord, type HistoryRecord } from '../engine/history/record';
import { builderRecord, findRecord, type RecordSource } from '../engine/history/record-source';
import { noHistory, watchHistory } from '../engine/history/watch-history';
import type { LogPiece } from '../engine/progress/log-store';
import type { Builders } from './builders';
import type {
  BuildRef,
  BuilderRef,
  BundledBuild,
  HistoryChanged,
  HistoryEnded,
  HistoryPatch,
  OpenedBuildBody,
} from './protocol';

export type HistoryEvents = {
  changed(event: HistoryChanged): void;
  patch(event: HistoryPatch): void;
  ended(event: HistoryEnded): void;
};

/** Builds kept open at once; the longest unused goes first. */
const mostOpen = 8;

type Open = {
  readonly build: OpenedBuild;
  readonly stop: AbortController;
  /** How many patches were sent. */
  seq: number;
};

export class History {
  private readonly watches = new Map<string, AbortController>();
  private readonly open = new Map<string, Open>();

  constructor(
    private readonly builders: Builders,
    private readonly env: NodeJS.ProcessEnv,
    private readonly events: HistoryEvents,
  ) {}

  /** Begins to tell of a builder's builds, all of them first; a second call tells all again. */
  async watch({ builder }: BuilderRef): Promise<void> {
    const key = builder ?? '';
    this.watches.get(key)?.abort();
    // A text that names no builder is said at once; a builder that is away, as a change.
    await this.builders.choose(builder);
    const stop = new AbortController();
    this.watches.set(key, stop);
    void watchHistory({
      connect: () => this.builders.connection(builder),
      lost: () => void this.builders.lost(builder),
      env: this.env,
      onChange: (change) => {
        if (!stop.signal.aborted) this.events.changed({ builder: key, ...change });
      },
      signal: stop.signal,
    });
  }

  unwatch({ builder }: BuilderRef): Promise<void> {
    this.watches.get(builder ?? '')?.abort();
    this.watches.delete(builder ?? '');
    return Promise.resolve();
  }

  /** @throws BuildFailure, ConnectError, BuildkitError */
  async openBuild(wanted: BuildRef | BundledBuild): Promise<OpenedBuildBody> {
    const id = randomUUID();
    const stop = new AbortController();
    const open = (source: RecordSource): Promise<OpenedBuild> =>
      OpenedBuild.open(source, {
        env: this.env,
        signal: stop.signal,
        events: {
          patch: (patch) => {
            const opened = this.open.get(id);
            if (opened !== undefined) this.events.patch({ id, seq: ++opened.seq, patch });
          },
          output: () => undefined,
          ended: () => {
            const opened = this.open.get(id);
            if (opened !== undefined) this.events.ended({ id, ...bodyOf(opened.build) });
          },
        },
      });
    const build = await ('bundle' in wanted
      ? open(await bundledRecord(wanted.bundle, wanted.ref))
      : this.using(wanted.builder, async (connection) =>
          open(await builderRecord(connection, wanted.ref, stop.signal)),
        ));
    this.open.set(id, { build, stop, seq: 0 });
    for (const [oldest] of [...this.open].slice(0, -mostOpen)) this.closeBuild({ id: oldest });
    return { id, seq: 0, graph: build.graph, ...bodyOf(build) };
  }

  log({ id, digest, from }: { id: string; digest: string; from: number }): LogPiece {
    return this.opened(id).build.log(digest, from);
  }

  op({ id, digest }: { id: string; digest: string }): { readonly json?: string } {
    const op = this.opened(id).build.op(digest);
    return op === undefined ? {} : { json: opJson(op) };
  }

  plainLog({ id }: { id: string }): { readonly text: string } {
    return { text: this.opened(id).build.plainLog };
  }

  closeBuild({ id }: { id: string }): void {
    this.open.get(id)?.stop.abort();
    this.open.delete(id);
  }

  /** A text that a record carries, by its index among the graph's sources. */
  async source({
    index,
    ...wanted
  }: (BuildRef | BundledBuild) & { index: number }): Promise<{ text: string }> {
    const known = [...this.open.values()].find(({ build }) => build.record.ref === wanted.ref);
    const texts = known?.build.texts ?? (await this.textsOf(wanted));
    const text = texts[index];
    if (text === undefined) throw new BuildFailure('The record does not hold this text any more.');
    return { text: new TextDecoder().decode(text.text) };
  }

  async attestation({ id, digest }: { id: string; digest: string }): Promise<{ text: string }> {
    const bytes = await this.opened(id).build.content(digest);
    return { text: new TextDecoder().decode(bytes) };
  }

  /** The builds that a bundle holds. */
  async builds({ bundle }: { bundle: string }): Promise<readonly HistoryRecord[]> {
    return (await readBundle(bundle)).map(({ record, local }) => historyRecord(record, local));
  }

  async delete({ builder, ref }: BuildRef): Promise<void> {
    await this.using(builder, ({ control }) => control.updateHistory({ ref, delete: true }));
    // BuildKit 0.25 hides a record that somebody has opened before, and tells nobody.
    const key = builder ?? '';
    if (this.watches.has(key)) {
      const change = { reset: false, upserts: [], removes: [ref], state: 'live' } as const;
      this.events.changed({ builder: key, ...change });
    }
  }

  pin({ builder, ref, pinned }: BuildRef & { pinned: boolean }): Promise<void> {
    return this.using(builder, ({ control }) => control.updateHistory({ ref, pinned }));
  }

  /** Writes Docker's own bundle. */
  async exportBuild({ builder, ref, path }: BuildRef & { path: string }): Promise<void> {
    const bytes = await this.using(builder, async (connection) => {
      const record = await findRecord(connection, ref);
      if (record.completedAt === undefined) {
        throw new BuildFailure('This build still runs. Export it when it is over.');
      }
      return dockerbuild(connection, record, await readLocalState(this.env, ref));
    });
    await writeFile(path, bytes);
  }

  close(): void {
    for (const stop of this.watches.values()) stop.abort();
    for (const id of [...this.open.keys()]) this.closeBuild({ id });
  }

  private async textsOf(wanted: BuildRef | BundledBuild): Promise<OpenedBuild['texts']> {
    const { id } = await this.openBuild(wanted);
    const { texts } = this.opened(id).build;
    this.closeBuild({ id });
    return texts;
  }

  private opened(id: string): Open {
    const open = this.open.get(id);
    if (open === undefined)
      throw new BuildFailure('This build is not open any more. Open it again.');
    return open;
  }

  /** Old daemons say "unimplemented"; here that means that they keep no history. */
  private async using<T>(
    builder: string | undefined,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.builders.use(builder, work);
    } catch (error) {
      if (error instanceof BuildkitError && error.code === Code.unimplemented) {
        throw new BuildFailure(noHistory);
      }
      throw error;
    }
  }
}

function bodyOf({ record, error, attestations }: OpenedBuild) {
  return { record, attestations, ...(error === undefined ? {} : { error }) };
}
