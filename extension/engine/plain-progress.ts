/**
 * A status stream as lines of text: what happened, one line each, in the order it happened.
 *
 * The look is that of `--progress=plain`, which people and log viewers know: vertices are numbered
 * as they start, and log lines carry the number and the seconds since the vertex started.
 */
import type { StatusResponse, Vertex, VertexWarning } from '../../proto/generated/control';
import { milliseconds } from './status-update';

type Shown = {
  readonly number: number;
  readonly name: string;
  started: number | undefined;
  /** Announced as finished in this state; a vertex may be announced again. */
  ended: string | undefined;
  /** The begin of a line whose end has not come. */
  partial: string;
  readonly decoder: InstanceType<typeof TextDecoder>;
  /** Progress entries already reported as done. */
  readonly doneParts: Set<string>;
};

/** Turns the messages of one build into text; `write` gets whole lines. */
export class PlainProgress {
  private readonly shown = new Map<string, Shown>();
  private readonly warned = new Set<string>();

  /** The lines that `update` adds, each with its line end. */
  lines(update: StatusResponse): string {
    const out: string[] = [];
    for (const vertex of update.vertexes) this.begin(vertex, out);
    for (const { vertex, id, name, total, completed } of update.statuses) {
      const known = this.shown.get(vertex);
      if (known === undefined || completed === undefined || known.doneParts.has(id)) continue;
      known.doneParts.add(id);
      out.push(
        `#${known.number} ${name === '' ? id : name}${total > 0n ? ` ${size(total)}` : ''} done`,
      );
    }
    for (const { vertex, timestamp, msg } of update.logs) {
      const known = this.shown.get(vertex);
      if (known !== undefined) this.log(known, milliseconds(timestamp), msg, out);
    }
    for (const vertex of update.vertexes) this.end(vertex, out);
    for (const warning of update.warnings) this.warn(warning, out);
    return out.map((line) => `${line}\n`).join('');
  }

  private begin(vertex: Vertex, out: string[]): void {
    const started = milliseconds(vertex.started);
    let known = this.shown.get(vertex.digest);
    if (known === undefined) {
      // A vertex that only waits is not worth a line.
      if (started === undefined && !vertex.cached && vertex.error === '') return;
      known = {
        number: this.shown.size + 1,
        name: vertex.name,
        started,
        ended: undefined,
        partial: '',
        decoder: new TextDecoder(),
        doneParts: new Set(),
      };
      this.shown.set(vertex.digest, known);
      out.push(`#${known.number} ${oneLine(vertex.name)}`);
    } else if (started !== undefined) known.started = started;
  }

  private log(known: Shown, at: number | undefined, msg: Uint8Array, out: string[]): void {
    const seconds = Math.max(0, (at ?? 0) - (known.started ?? at ?? 0)) / 1000;
    const parts = (known.partial + known.decoder.decode(msg, { stream: true })).split('\n');
    known.partial = parts.pop() ?? '';
    for (const part of parts) {
      out.push(`#${known.number} ${seconds.toFixed(3)} ${afterLastReturn(part)}`);
    }
  }

  private end(vertex: Vertex, out: string[]): void {
    const known = this.shown.get(vertex.digest);
    const completed = milliseconds(vertex.completed);
    if (known === undefined || (completed === undefined && vertex.error === '')) return;
    const seconds = Math.max(0, (completed ?? 0) - (known.started ?? completed ?? 0)) / 1000;
    const state =
      vertex.error !== ''
        ? `ERROR: ${vertex.error}`
        : vertex.cached
          ? 'CACHED'
          : `DONE ${seconds.toFixed(1)}s`;
    if (known.ended === state) return;
    known.ended = state;
    if (known.partial !== '') {
      out.push(`#${known.number} ${known.partial}`);
      known.partial = '';
    }
    out.push(`#${known.number} ${state}`);
  }

  private warn(warning: VertexWarning, out: string[]): void {
    const short = new TextDecoder().decode(warning.short);
    const line = warning.ranges[0]?.start?.line;
    const key = `${short}@${line ?? ''}`;
    // Each further solve of the frontend repeats its warnings.
    if (this.warned.has(key)) return;
    this.warned.add(key);
    // The Dockerfile frontend ends its texts with the line; other frontends may not.
    const place = line === undefined ? '' : ` (line ${line})`;
    out.push(`WARN: ${short}${short.endsWith(place) ? '' : place}`);
  }
}

function oneLine(name: string): string {
  return name.replace(/\s*\n\s*/g, ' ');
}

/** A progress bar rewrites its line with carriage returns; only the last state is kept. */
function afterLastReturn(text: string): string {
  const whole = text.endsWith('\r') ? text.slice(0, -1) : text;
  return whole.slice(whole.lastIndexOf('\r') + 1);
}

function size(bytes: bigint): string {
  const steps = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = Number(bytes);
  let step = 0;
  while (value >= 1000 && step < steps.length - 1) {
    value /= 1000;
    step++;
  }
  return `${step === 0 ? value : value.toFixed(2)}${steps[step] ?? ''}`;
}
