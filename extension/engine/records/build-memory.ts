/** What is known of the results that one builder has: those of all remembered builds on it. */
import type { Digest } from '../../../proto/model/digest';
import { type BuildRecord, durationOf, type VertexRecord } from './build-record';

/** A step's result that some build had. */
export type KnownResult = {
  /** How often it really ran; empty where another client's build made it. */
  readonly runs: readonly VertexRecord[];
  /** Milliseconds that its last run took. */
  readonly duration?: number;
};

export class BuildMemory {
  private readonly results = new Map<Digest, KnownResult>();
  private readonly records: readonly BuildRecord[];

  /** @param records the newest first, of any builder */
  constructor(
    records: readonly BuildRecord[],
    readonly builder: string,
  ) {
    this.records = records.filter((record) => record.builder === builder);
    for (const { vertices } of this.records.toReversed()) {
      for (const vertex of vertices) this.learn(vertex);
    }
  }

  /** The newest build of a file on this builder. */
  last(file: string): BuildRecord | undefined {
    return this.records.find((record) => record.file === file);
  }

  result(key: Digest): KnownResult | undefined {
    return this.results.get(key);
  }

  private learn(vertex: VertexRecord): void {
    const { key, state } = vertex;
    if (key === undefined || (state !== 'done' && state !== 'cached')) return;
    const known = this.results.get(key) ?? { runs: [] };
    const duration = durationOf(vertex);
    this.results.set(
      key,
      duration === undefined ? known : { runs: [...known.runs, vertex], duration },
    );
  }
}
