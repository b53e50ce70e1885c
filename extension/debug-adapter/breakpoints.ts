/**
 * Breakpoints of every kind, and where they really stand.
 *
 * Every line of an instruction stands for the instruction. A line between them (a comment, nothing)
 * stands for the next one below it, and the client is told the line that the breakpoint really has.
 */
import { resolve } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Program, TrackStatement } from '../engine/debug/program';
import { derivationOp } from '../engine/derivation/phases';
import { hitTest } from './conditions';

/** What may be asked of a breakpoint beside its place. */
export type Terms = {
  readonly condition?: string;
  readonly hitCondition?: string;
  readonly logMessage?: string;
};

export type Breakpoint = {
  readonly id: number;
  readonly terms: Terms;
  /** How often its condition was met. */
  hits: number;
};

type LinePlace = { readonly line: number; readonly endLine: number };
type LineBreakpoint = Breakpoint & {
  readonly file: string;
  readonly requested: number;
  place: LinePlace | undefined;
};
type FunctionBreakpoint = Breakpoint & { readonly name: string };
type InstructionBreakpoint = Breakpoint & { readonly digest: string };
/** As the client is shown it; ours always have an id. */
type ShownBreakpoint = DebugProtocol.Breakpoint & { readonly id: number };
export type DataBreakpoint = Breakpoint & { readonly path: string };

export type PhaseBreakpoint = { readonly breakpoint: Breakpoint; readonly phase: string };

/** What the reasons to stop after a step are called; each is a filter of its own. */
export type FilterId = 'failed' | 'warning' | 'cacheMiss' | 'cacheHit';

export const exceptionFilters: readonly (DebugProtocol.ExceptionBreakpointsFilter & {
  readonly filter: FilterId;
})[] = [
  {
    filter: 'failed',
    label: 'Failed steps',
    description: 'Stops in the step that failed, with everything it had written.',
    default: true,
    supportsCondition: true,
    conditionDescription: 'e.g. stage == final',
  },
  {
    filter: 'warning',
    label: 'Warnings',
    description: 'Stops at every instruction that BuildKit warns of.',
    supportsCondition: true,
    conditionDescription: 'e.g. stage == final',
  },
  {
    filter: 'cacheMiss',
    label: 'Cache misses',
    description: 'Stops after every step that had to run.',
    supportsCondition: true,
    conditionDescription: 'e.g. step =~ ^RUN',
  },
  {
    filter: 'cacheHit',
    label: 'Cache hits',
    description: 'Stops after every step that came from the cache.',
    supportsCondition: true,
    conditionDescription: 'e.g. step =~ ^RUN',
  },
];

const noProgram: Program = { tracks: [], idle: [], path: undefined };

/** All breakpoints of a session. */
export class Breakpoints {
  private readonly lines = new Map<string, LineBreakpoint[]>();
  private functions: FunctionBreakpoint[] = [];
  private instructions: InstructionBreakpoint[] = [];
  private watched: DataBreakpoint[] = [];
  private filters = new Map<FilterId, string | undefined>([['failed', undefined]]);
  private nextId = 1;
  /** How each breakpoint was last shown to the client, by id. */
  private readonly shown = new Map<number, string>();
  private program = noProgram;
  /** A line to stop at once, as "run to here" asks for. */
  private once: { readonly path: string; readonly line: number } | undefined;

  /** Replaces the line breakpoints of one file, as `setBreakpoints` does. */
  setLines(
    path: string,
    wanted: readonly (Terms & { readonly line: number })[],
  ): DebugProtocol.Breakpoint[] {
    const file = resolve(path);
    const made = wanted.map(({ line, ...terms }): LineBreakpoint => ({
      id: this.nextId++,
      terms,
      hits: 0,
      file,
      requested: line,
      place: this.placeOf(file, line),
    }));
    this.lines.set(file, made);
    return this.tell(made.map((one) => this.lineShown(one)));
  }

  setFunctions(wanted: readonly (Terms & { readonly name: string })[]): DebugProtocol.Breakpoint[] {
    this.functions = wanted.map(({ name, ...terms }) => ({
      id: this.nextId++,
      terms,
      hits: 0,
      name,
    }));
    return this.tell(this.functions.map((one) => this.functionShown(one)));
  }

  /** @param wanted by digest of an op */
  setInstructions(
    wanted: readonly (Terms & { readonly digest: string })[],
  ): DebugProtocol.Breakpoint[] {
    this.instructions = wanted.map(({ digest, ...terms }) => ({
      id: this.nextId++,
      terms,
      hits: 0,
      digest,
    }));
    return this.tell(this.instructions.map((one) => this.instructionShown(one)));
  }

  setData(wanted: readonly (Terms & { readonly path: string })[]): DebugProtocol.Breakpoint[] {
    this.watched = wanted.map(({ path, ...terms }) => ({
      id: this.nextId++,
      terms,
      hits: 0,
      path,
    }));
    return this.watched.map(({ id }) => ({ id, verified: true }));
  }

  /** @param wanted filters with their conditions */
  setFilters(wanted: ReadonlyMap<FilterId, string | undefined>): void {
    this.filters = new Map(wanted);
  }

  stopOnceAt(path: string, line: number): void {
    this.once = { path: resolve(path), line };
  }

  /** No breakpoint counts any more. */
  clear(): void {
    this.lines.clear();
    this.functions = [];
    this.instructions = [];
    this.watched = [];
    this.filters.clear();
    this.once = undefined;
  }

  /**
   * Puts a better known program in place (BuildKit's own after our preview, an edited one).
   * @returns the breakpoints that look different now, for `breakpoint` events
   */
  update(program: Program): DebugProtocol.Breakpoint[] {
    this.program = program;
    const lines = [...this.lines.values()].flat();
    for (const one of lines) one.place = this.placeOf(one.file, one.requested);
    const now = [
      ...lines.map((one) => this.lineShown(one)),
      ...this.functions.map((one) => this.functionShown(one)),
      ...this.instructions.map((one) => this.instructionShown(one)),
    ];
    return this.tell(now.filter((one) => this.shown.get(one.id) !== JSON.stringify(one)));
  }

  /** Breakpoints that stand before a statement. */
  at(statement: TrackStatement): readonly Breakpoint[] {
    const path = pathOf(statement);
    return [
      ...(path === undefined ? [] : (this.lines.get(path) ?? [])).filter(
        ({ place }) => place?.line === statement.firstLine,
      ),
      ...this.functions.filter(({ name }) => this.starts(name).includes(statement)),
      ...this.instructions.filter(({ digest }) => hasOp(statement, digest)),
    ];
  }

  /** Breakpoints on phases of the builder inside a statement: `buildPhase`, or `hello:buildPhase`. */
  phasesAt(statement: TrackStatement): readonly PhaseBreakpoint[] {
    if (derivationOp(statement.step) === undefined) return [];
    return this.functions.flatMap((one) => {
      const [phase = '', derivation] = one.name.split(':').reverse();
      const isHere = derivation === undefined || statement.text === `build ${derivation}`;
      return isHere && this.starts(one.name).length === 0 ? [{ breakpoint: one, phase }] : [];
    });
  }

  /** Whether the session was to stop here once; asked once. */
  takeOnce(statement: TrackStatement): boolean {
    if (!this.isOnce(statement)) return false;
    this.once = undefined;
    return true;
  }

  isOnce(statement: TrackStatement): boolean {
    const { once } = this;
    if (once === undefined || pathOf(statement) !== once.path) return false;
    return this.placeOf(once.path, once.line)?.line === statement.firstLine;
  }

  get data(): readonly DataBreakpoint[] {
    return this.watched;
  }

  /** The condition of a filter; `null` when the filter is off. */
  filter(id: FilterId): string | null {
    return this.filters.has(id) ? (this.filters.get(id) ?? '') : null;
  }

  /** The lines of a file on which a breakpoint may stand. */
  locations(path: string, from: number, to: number): readonly LinePlace[] {
    const file = resolve(path);
    const places = new Map<number, LinePlace>();
    for (const one of this.statements()) {
      if (pathOf(one) !== file || one.lastLine < from || one.firstLine > to) continue;
      places.set(one.firstLine, placeOf(one));
    }
    return [...places.values()].sort((a, b) => a.line - b.line);
  }

  /** The statements of a line, one for each platform. */
  statementsAt(path: string, line: number): readonly TrackStatement[] {
    const file = resolve(path);
    const place = this.placeOf(file, line);
    return this.statements().filter((one) => pathOf(one) === file && one.firstLine === place?.line);
  }

  private statements(): readonly TrackStatement[] {
    return this.program.tracks.flatMap(({ statements }) => statements);
  }

  /**
   * The first statement of each track of a section; global arguments are none of its own. A step
   * that no text describes has no other name than its digest.
   */
  private starts(name: string): readonly TrackStatement[] {
    if (isDigest(name)) return this.statements().filter((one) => hasOp(one, name));
    const wanted = name.toLowerCase();
    return this.program.tracks
      .filter((track) => [track.section, track.name].some((one) => one.toLowerCase() === wanted))
      .flatMap(({ statements }) => statements.find((one) => !/^ARG\b/i.test(one.text)) ?? []);
  }

  private placeOf(file: string, line: number): LinePlace | undefined {
    const own = this.statements().filter((one) => pathOf(one) === file);
    const covering = own.find((one) => one.firstLine <= line && line <= one.lastLine);
    if (covering !== undefined) return placeOf(covering);
    if (this.idleSection(file, line) !== undefined) return undefined;
    const below = own.filter((one) => one.firstLine > line);
    const next = below.reduce<TrackStatement | undefined>(
      (best, one) => (best === undefined || one.firstLine < best.firstLine ? one : best),
      undefined,
    );
    return next === undefined ? undefined : placeOf(next);
  }

  private idleSection(file: string, line: number): string | undefined {
    if (this.program.path === undefined || resolve(this.program.path) !== file) return undefined;
    return this.program.idle.find((one) => one.line <= line && line <= one.lastLine)?.section;
  }

  private tell(breakpoints: readonly ShownBreakpoint[]): DebugProtocol.Breakpoint[] {
    for (const one of breakpoints) this.shown.set(one.id, JSON.stringify(one));
    return [...breakpoints];
  }

  private lineShown({ id, file, requested, place, terms }: LineBreakpoint): ShownBreakpoint {
    const source = { path: file };
    const wrong = wrongTerms(terms);
    const idle = this.idleSection(file, requested);
    const unplaced =
      idle === undefined
        ? 'No step of this build stands on this line or below it.'
        : `The stage "${idle}" is not part of this build.`;
    return place !== undefined && wrong === undefined
      ? { id, verified: true, source, ...place }
      : { id, verified: false, source, line: requested, message: wrong ?? unplaced };
  }

  private functionShown({ id, name }: FunctionBreakpoint): ShownBreakpoint {
    const [first] = this.starts(name);
    if (first !== undefined) return { id, verified: true, ...placeOf(first), ...sourceOf(first) };
    // Whether the builder has such a phase shows when it runs.
    const phased = this.statements().find((one) =>
      this.phasesAt(one).some(({ breakpoint }) => breakpoint.id === id),
    );
    if (phased !== undefined) return { id, verified: true, ...sourceOf(phased) };
    const message = isDigest(name)
      ? 'This build has no such step.'
      : `There is no stage "${name}" in this build.`;
    return { id, verified: false, message };
  }

  private instructionShown({ id, digest }: InstructionBreakpoint): ShownBreakpoint {
    const statement = this.statements().find((one) => hasOp(one, digest));
    return statement === undefined
      ? { id, verified: false, message: 'This build has no such step.' }
      : { id, verified: true, ...placeOf(statement), instructionReference: digest };
  }
}

function wrongTerms({ hitCondition }: Terms): string | undefined {
  if (hitCondition === undefined || hitCondition.trim() === '') return undefined;
  return hitTest(hitCondition) === undefined
    ? `"${hitCondition}" is no hit count: use a number, or one after ==, >, >=, <, <= or %.`
    : undefined;
}

export function pathOf({ source }: TrackStatement): string | undefined {
  return source?.kind === 'file' ? resolve(source.path) : undefined;
}

function sourceOf(statement: TrackStatement): { source?: DebugProtocol.Source } {
  const path = pathOf(statement);
  return path === undefined ? {} : { source: { path } };
}

function placeOf({ firstLine, lastLine }: TrackStatement): LinePlace {
  return { line: firstLine, endLine: lastLine };
}

function isDigest(name: string): boolean {
  return name.startsWith('sha256:');
}

function hasOp({ step }: TrackStatement, digest: string): boolean {
  return step?.ops.some((one) => one.digest === digest) === true;
}
