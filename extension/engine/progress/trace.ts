/**
 * A build's status stream gathered by vertex, for displays: when each ran, what it transferred,
 * what it printed. Vertices of one progress group are one here.
 */
import type { StatusResponse, Vertex, VertexStatus } from '../../../proto/generated/control';
import { milliseconds } from './status-update';

/** Milliseconds since the epoch, by the builder's clock. */
export type Span = { readonly start: number; readonly stop: number | undefined };

/** A piece of a vertex's work, such as a layer that is fetched. */
export type Part = {
  readonly id: string;
  readonly current: number;
  /** 0 where it is not known. */
  readonly total: number;
  readonly timestamp: number;
  readonly span: Span | undefined;
};

/** Lines at the end of a log that displays may show. */
const tailLength = 10;

export class TracedVertex {
  cached = false;
  error = '';
  /** In a group that has begun with nothing but its unimportant members. */
  hidden = false;
  /** Pieces that have begun, in that order. */
  readonly parts = new Map<string, Part>();
  /** Those that changed since a display looked. */
  readonly changedParts = new Set<string>();
  readonly warnings: string[] = [];
  /** Whole lines that no display has taken yet, with the seconds since the vertex began. */
  lines: { readonly seconds: number; readonly text: string }[] = [];
  /** The last lines, with the one that has not ended. */
  readonly tail: string[] = [];
  /** Counts changes, to find the busiest. */
  activity = 0;
  activeSince = 0;
  private readonly spans = new Map<number, Span>();
  private merged: readonly Span[] = [];
  private readonly decoder = new TextDecoder();
  private partial = '';
  private partialSeconds = 0;

  constructor(
    readonly digest: string,
    public name: string,
  ) {}

  /** The last time it ran; undefined when it has not. */
  get latest(): Span | undefined {
    return this.merged.at(-1);
  }

  get completed(): boolean {
    return this.latest?.stop !== undefined;
  }

  get cancelled(): boolean {
    return this.error.endsWith('context canceled');
  }

  get isOpen(): boolean {
    return [...this.parts.values()].some(({ span }) => span?.stop === undefined);
  }

  /** Milliseconds in which it ran. @param now for what still runs */
  duration(now: number): number {
    return this.merged.reduce((sum, { start, stop }) => sum + (stop ?? now) - start, 0);
  }

  ran(start: number, stop: number | undefined): void {
    this.spans.set(start, { start, stop });
    this.merged = mergedSpans([...this.spans.values()]);
  }

  changed(now: number): void {
    if (this.activity === 0) this.activeSince = now;
    this.activity++;
  }

  part(status: VertexStatus): void {
    const known = this.parts.get(status.id);
    const start = milliseconds(status.started) ?? known?.span?.start;
    if (start === undefined) return;
    this.changedParts.add(status.id);
    this.parts.set(status.id, {
      id: status.id,
      current: Number(status.current),
      total: Number(status.total),
      timestamp: milliseconds(status.timestamp) ?? start,
      span: { start, stop: milliseconds(status.completed) },
    });
  }

  log(at: number | undefined, msg: Uint8Array): void {
    const seconds = Math.max(0, (at ?? 0) - (this.latest?.start ?? at ?? 0)) / 1000;
    if (this.partial === '') this.partialSeconds = seconds;
    const pieces = (this.partial + this.decoder.decode(msg, { stream: true })).split('\n');
    this.partial = pieces.pop() ?? '';
    let begun = this.partialSeconds;
    for (const piece of pieces) {
      this.line(begun, piece);
      begun = seconds;
    }
    this.partialSeconds = begun;
  }

  /** Makes a line of what has not ended, because nothing will follow soon. */
  endLine(): void {
    if (this.partial === '') return;
    this.line(this.partialSeconds, this.partial);
    this.partial = '';
  }

  /** The last lines that were printed, with what is on the line that has not ended. */
  get lastLines(): readonly string[] {
    return this.partial === '' ? this.tail : [...this.tail, afterLastReturn(this.partial)];
  }

  private line(seconds: number, raw: string): void {
    const text = afterLastReturn(raw);
    this.lines.push({ seconds, text });
    this.tail.push(text);
    if (this.tail.length > tailLength) this.tail.shift();
  }
}

export class Trace {
  /** In the order in which they began. */
  readonly vertices: TracedVertex[] = [];
  /** By digest; vertices of a group share one. */
  readonly byDigest = new Map<string, TracedVertex>();
  /** What changed since a display looked. */
  readonly updated = new Set<TracedVertex>();
  private readonly groups = new Map<string, Group>();
  private readonly listed = new Set<TracedVertex>();
  private readonly warned = new Set<string>();
  private readonly decoder = new TextDecoder();

  /** @param now milliseconds, by our clock */
  update(response: StatusResponse, now: number): void {
    for (const vertex of response.vertexes) this.vertex(vertex, now);
    for (const status of response.statuses) {
      const traced = this.byDigest.get(status.vertex);
      if (traced === undefined) continue;
      traced.part(status);
      this.touch(traced, now);
    }
    for (const { vertex, short, ranges } of response.warnings) {
      const text = this.decoder.decode(short);
      const traced = this.byDigest.get(vertex);
      // Each further solve of the frontend repeats its warnings.
      const key = `${text}@${ranges[0]?.start?.line ?? ''}`;
      if (traced === undefined || this.warned.has(key)) continue;
      this.warned.add(key);
      traced.warnings.push(text);
      this.touch(traced, now);
    }
    for (const { vertex, timestamp, msg } of response.logs) {
      const traced = this.byDigest.get(vertex);
      if (traced === undefined) continue;
      traced.log(milliseconds(timestamp), msg);
      this.touch(traced, now);
    }
  }

  /** Vertices that displays show: all but those that hide in a group. */
  get shown(): TracedVertex[] {
    return [...new Set(this.byDigest.values())].filter(({ hidden }) => !hidden);
  }

  private touch(traced: TracedVertex, now: number): void {
    traced.changed(now);
    this.updated.add(traced);
  }

  private vertex(vertex: Vertex, now: number): void {
    const started = milliseconds(vertex.started);
    const completed = milliseconds(vertex.completed);
    const { progressGroup } = vertex;
    if (progressGroup !== undefined) {
      let group = this.groups.get(progressGroup.id);
      if (group === undefined) {
        group = new Group(new TracedVertex(progressGroup.id, progressGroup.name));
        this.groups.set(progressGroup.id, group);
      }
      this.byDigest.set(vertex.digest, group.vertex);
      if (group.member(vertex, started, completed)) this.touch(group.vertex, now);
      if (!group.vertex.hidden && started !== undefined) this.list(group.vertex);
      return;
    }
    let traced = this.byDigest.get(vertex.digest);
    if (traced === undefined) {
      traced = new TracedVertex(vertex.digest, vertex.name);
      this.byDigest.set(vertex.digest, traced);
    }
    // A vertex may be announced again without a time; that takes nothing back.
    if (started === undefined && vertex.error === '' && !vertex.cached) return;
    const before = [traced.cached, traced.error, traced.latest?.start, traced.latest?.stop].join();
    traced.name = vertex.name;
    traced.cached = vertex.cached;
    traced.error = vertex.error;
    if (started !== undefined) {
      traced.ran(started, completed);
      this.list(traced);
    }
    const after = [traced.cached, traced.error, traced.latest?.start, traced.latest?.stop].join();
    if (before !== after) this.touch(traced, now);
  }

  private list(traced: TracedVertex): void {
    if (this.listed.has(traced)) return;
    this.listed.add(traced);
    this.vertices.push(traced);
  }
}

/** Several vertices that are told as one. */
class Group {
  private readonly members = new Map<string, Vertex>();

  constructor(readonly vertex: TracedVertex) {
    vertex.hidden = true;
  }

  /** @returns whether that changed what the group shows */
  member(vertex: Vertex, started: number | undefined, completed: number | undefined): boolean {
    const traced = this.vertex;
    this.members.set(vertex.digest, vertex);
    const before = [traced.cached, traced.error, traced.hidden, traced.duration(0)].join();
    const members = [...this.members.values()];
    traced.cached = members.every(({ cached }) => cached);
    traced.error = members.find(({ error }) => error !== '')?.error ?? '';
    if (started !== undefined) {
      traced.ran(started, completed);
      if (vertex.progressGroup?.weak !== true) traced.hidden = false;
    }
    if (traced.error !== '') traced.hidden = false;
    const after = [traced.cached, traced.error, traced.hidden, traced.duration(0)].join();
    return !traced.hidden && before !== after;
  }
}

/** Spans that overlap are one; a span without an end takes in all that begin after it. */
function mergedSpans(spans: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last === undefined || (last.stop !== undefined && last.stop < span.start)) {
      merged.push(span);
    } else if (last.stop !== undefined) {
      const stop = span.stop === undefined ? undefined : Math.max(last.stop, span.stop);
      merged[merged.length - 1] = { start: last.start, stop };
    }
  }
  return merged;
}

/** A progress bar rewrites its line with carriage returns; only the last state is kept. */
function afterLastReturn(text: string): string {
  const whole = text.endsWith('\r') ? text.slice(0, -1) : text;
  return whole.slice(whole.lastIndexOf('\r') + 1);
}
