/**
 * The numbers that a client hands back: frames, variables, places of values, texts.
 *
 * Each belongs to a stop of a thread and is forgotten when the thread goes on; a number is never
 * used twice.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Site } from '../engine/debug/site';

/** A text that an editor can open. */
export type OpenText = { readonly name: string; readonly read: () => Promise<string> };

/** One row of a variables view; made into DAP when it is asked for. */
export type Row = {
  readonly name: string;
  readonly value: string;
  readonly type?: string;
  /** What evaluates to this again. */
  readonly evaluateName?: string;
  readonly children?: () => Promise<readonly Row[]>;
  /** Opens in an editor. */
  readonly text?: OpenText;
  /** The variable that the row shows, where it can be given another value. */
  readonly variable?: string;
  /** The path in the image that the row shows. */
  readonly path?: string;
};

export type Frame = { readonly thread: number; readonly site: Site };
type Rows = {
  readonly thread: number;
  readonly site: Site;
  readonly read: () => Promise<readonly Row[]>;
};

/** Owns what outlives the stops of all threads. */
const noThread = -1;

export class References {
  private readonly frames = new Map<number, Frame>();
  private readonly lists = new Map<number, Rows>();
  private readonly texts = new Map<number, OpenText & { readonly thread: number }>();
  private next = 1;

  frame(thread: number, site: Site): number {
    for (const [id, known] of this.frames) {
      const isSame =
        known.thread === thread &&
        known.site.statement === site.statement &&
        known.site.moment === site.moment;
      if (isSame) return id;
    }
    return this.put(this.frames, { thread, site });
  }

  rows(frame: Frame, read: () => Promise<readonly Row[]>): number {
    return this.put(this.lists, { ...frame, read });
  }

  text(thread: number, text: OpenText): number {
    return this.put(this.texts, { ...text, thread });
  }

  /** A text that outlives stops; the same number for the same name. */
  lastingText(text: OpenText): number {
    for (const [id, known] of this.texts) {
      if (known.thread === noThread && known.name === text.name) return id;
    }
    return this.text(noThread, text);
  }

  frameOf(id: number): Frame | undefined {
    return this.frames.get(id);
  }

  rowsOf(id: number): Rows | undefined {
    return this.lists.get(id);
  }

  textOf(id: number): OpenText | undefined {
    return this.texts.get(id);
  }

  /** A row as DAP has it. */
  variable(frame: Frame, row: Row): DebugProtocol.Variable {
    const { name, value, type, evaluateName, children, text } = row;
    return {
      name,
      value,
      ...(type === undefined ? {} : { type }),
      ...(evaluateName === undefined ? {} : { evaluateName }),
      variablesReference: children === undefined ? 0 : this.rows(frame, children),
      ...(row.variable === undefined ? { presentationHint: { attributes: ['readOnly'] } } : {}),
      ...(text === undefined ? {} : { valueLocationReference: this.text(frame.thread, text) }),
    };
  }

  /**
   * Another build has taken the place of this one: frames stand where their site is now, since a
   * client may be asking about them, and all else is forgotten.
   */
  move(place: (site: Site) => Site | undefined): void {
    const frames = [...this.frames];
    this.forget();
    for (const [id, { thread, site }] of frames) {
      const now = place(site);
      if (now !== undefined) this.frames.set(id, { thread, site: now });
    }
  }

  /** Forgets what belongs to one thread, or everything. */
  forget(thread?: number): void {
    for (const map of [this.frames, this.lists, this.texts]) {
      for (const [id, one] of map) {
        const isOver = thread === undefined ? one.thread !== noThread : one.thread === thread;
        if (isOver) map.delete(id);
      }
    }
  }

  private put<T>(map: Map<number, T>, value: T): number {
    const id = this.next++;
    map.set(id, value);
    return id;
  }
}
