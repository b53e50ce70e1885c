/**
 * A status stream as lines of text: what happened, in the order it happened.
 *
 * The look is that of `docker build --progress=plain`, which people and log viewers know: vertices
 * are numbered as they are first shown, and each shows a block of lines. Of several that run at
 * once one has the word; another gets it when that one ends, or after some seconds, by how much it
 * has to say.
 */
import type { StatusResponse } from '../../../proto/generated/control';
import { progressText, secondsText } from './amounts';
import { Trace, type TracedVertex } from './trace';

/** Milliseconds that a vertex keeps the word while others wait. */
const turn = 5_000;
/** After so many milliseconds of waiting a vertex gets the word in any case. */
const longestWait = 10_000;
/** A transfer is told again after so many milliseconds, or so much of its whole. */
const partInterval = 5_000;
const partShare = 0.05;

/** Turns the messages of one build into text. */
export class PlainProgress {
  private readonly trace = new Trace();
  private readonly numbers = new Map<TracedVertex, number>();
  private readonly told = new Map<string, { readonly current: number; readonly at: number }>();
  private current: TracedVertex | undefined;
  private out: string[] = [];
  private first = true;

  /**
   * The text that the messages add: whole lines. What begins and ends within one batch is told
   * once, so batches of a tenth of a second read best.
   * @param now milliseconds, by our clock
   */
  lines(updates: StatusResponse | readonly StatusResponse[], now = Date.now()): string {
    for (const update of [updates].flat()) this.trace.update(update, now);
    this.print(now);
    return this.taken();
  }

  /** What is left at the end: open lines, and the last words of what failed. */
  end(): string {
    for (const vertex of this.trace.updated) this.show(vertex);
    for (const vertex of this.trace.vertices) {
      if (vertex.error === '' || vertex.cancelled) continue;
      this.say('------', ` > ${oneLine(vertex.name)}:`, ...vertex.lastLines, '------');
    }
    return this.taken();
  }

  private taken(): string {
    const text = this.out.map((line) => `${line}\n`).join('');
    this.out = [];
    return text;
  }

  private say(...lines: readonly string[]): void {
    this.out.push(...lines);
  }

  private print(now: number): void {
    const updated = [...this.trace.updated].filter(({ hidden }) => !hidden);
    const ended = updated
      .filter(({ completed, error }) => completed || error !== '')
      .sort((a, b) => stopOf(a) - stopOf(b));
    const { current } = this;
    const currentEnded = current !== undefined && ended.includes(current);
    if (currentEnded) this.show(current);
    for (const vertex of ended) if (vertex !== current) this.show(vertex);
    const waiting = updated.filter((vertex) => !ended.includes(vertex) && vertex.latest);
    if (waiting.length === 0) {
      if (this.current === undefined) {
        const running = this.trace.shown.find(({ latest, completed }) => latest && !completed);
        if (running !== undefined) this.show(running);
      }
      return;
    }
    if (current !== undefined && waiting.includes(current)) this.show(current);
    const next = this.next(waiting, now);
    if (next !== undefined) this.show(next);
  }

  /** Who gets the word, if it goes to another one. */
  private next(waiting: readonly TracedVertex[], now: number): TracedVertex | undefined {
    const { current } = this;
    const speed = (vertex: TracedVertex) => vertex.activity / Math.max(1, now - vertex.activeSince);
    const busiest = waiting.reduce((best, one) => (speed(one) > speed(best) ? one : best));
    if (current === undefined) return busiest;
    const others = waiting.filter((vertex) => vertex !== current);
    const overdue = others.find(({ activeSince }) => now - activeSince > longestWait);
    if (overdue !== undefined) return overdue;
    if (others.length === 0) return undefined;
    const sum = [current, ...others].reduce((all, vertex) => all + speed(vertex), 0);
    const share = sum === 0 ? 0 : speed(current) / sum;
    // The more of the news is the current one's, the longer it may go on.
    return share < 1 && turn / (1 - share) < now - current.activeSince ? busiest : undefined;
  }

  private show(vertex: TracedVertex): void {
    const number = this.numbers.get(vertex) ?? this.numbers.size + 1;
    this.numbers.set(vertex, number);
    if (vertex !== this.current) {
      if (this.current !== undefined) {
        this.current.activity = 0;
        this.say(`#${this.numbers.get(this.current) ?? 0} ...`);
      }
      if (!this.first) this.say('');
      this.first = false;
      this.say(`#${number} ${oneLine(vertex.name)}`);
    }
    this.showParts(vertex, number);
    for (const text of vertex.warnings.splice(0)) this.say(`#${number} WARN: ${text}`);
    const done = (vertex.completed || vertex.error !== '') && !vertex.isOpen;
    if (done) vertex.endLine();
    for (const { seconds, text } of vertex.lines) {
      this.say(`#${number} ${seconds.toFixed(seconds < 10 ? 3 : seconds < 100 ? 2 : 1)} ${text}`);
    }
    vertex.lines = [];
    this.current = vertex;
    if (done) {
      this.current = undefined;
      vertex.activity = 0;
      this.say(`#${number} ${ending(vertex)}`);
    }
    this.trace.updated.delete(vertex);
  }

  private showParts(vertex: TracedVertex, number: number): void {
    for (const part of vertex.parts.values()) {
      if (!vertex.changedParts.has(part.id)) continue;
      const ended = part.span?.stop !== undefined;
      const last = this.told.get(`${vertex.digest} ${part.id}`);
      if (last !== undefined && !ended) {
        const share = part.total > 0 ? (part.current - last.current) / part.total : 0;
        if (share < partShare && part.timestamp - last.at < partInterval) continue;
      }
      this.told.set(`${vertex.digest} ${part.id}`, { current: part.current, at: part.timestamp });
      const amount = progressText(part);
      const took = (part.span?.stop ?? part.timestamp) - (part.span?.start ?? part.timestamp);
      const words = [part.id, amount, took > 10 ? secondsText(took) : '', ended ? 'done' : ''];
      this.say(`#${number} ${words.filter((word) => word !== '').join(' ')}`);
    }
    vertex.changedParts.clear();
  }
}

function stopOf({ latest }: TracedVertex): number {
  return latest?.stop ?? 0;
}

function ending(vertex: TracedVertex): string {
  if (vertex.cancelled) return 'CANCELED';
  if (vertex.error !== '') return `ERROR: ${vertex.error}`;
  if (vertex.cached) return 'CACHED';
  return `DONE ${secondsText(vertex.duration(0))}`;
}

function oneLine(name: string): string {
  return name.replace(/\s*\n\s*/g, ' ');
}
