/**
 * Line breakpoints: which step a line stands for.
 *
 * Every line of an instruction that makes a step stands for that step. A line that makes none (a
 * comment, ARG, ENV …) stands for the next one below it, and the client is told the line that the
 * breakpoint really has.
 */
import { resolve } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Definition } from '../../proto/model/definition';
import type { BuildInput } from '../engine/build-input';
import type { Step } from '../engine/steps';

/** Steps with the file each stands in; a build may span several files. */
export type PlacedStep = { readonly step: Step; readonly path: string | undefined };

/** The file of each step; undefined for a source that is no file here. */
export function placedSteps(
  steps: readonly Step[],
  definitions: readonly Definition[],
  input: Pick<BuildInput, 'pathOfSource'>,
): PlacedStep[] {
  return steps.map((step) => {
    const definition = definitions.find(({ ops }) => ops.some((one) => one.digest === step.digest));
    const filename = definition?.sources[step.source]?.filename;
    return { step, path: filename === undefined ? undefined : input.pathOfSource(filename) };
  });
}

export type LinePlace = { readonly line: number; readonly endLine: number };

/** The step for `line` among those of one file; undefined below the last one. */
export function placeOfLine(steps: readonly Step[], line: number): LinePlace | undefined {
  let below: Step | undefined;
  for (const step of steps) {
    if (step.firstLine <= line && line <= step.lastLine) {
      return { line: step.firstLine, endLine: step.lastLine };
    }
    if (step.firstLine > line && (below === undefined || step.firstLine < below.firstLine)) {
      below = step;
    }
  }
  return below === undefined ? undefined : { line: below.firstLine, endLine: below.lastLine };
}

type Breakpoint = {
  readonly id: number;
  readonly requested: number;
  place: LinePlace | undefined;
};

/** All breakpoints of a session, by file. */
export class Breakpoints {
  private readonly files = new Map<string, Breakpoint[]>();
  private nextId = 1;
  private steps: readonly PlacedStep[] = [];

  /** Replaces the breakpoints of one file, as `setBreakpoints` does. */
  set(path: string, lines: readonly number[]): DebugProtocol.Breakpoint[] {
    const file = resolve(path);
    const made = lines.map((requested) => ({
      id: this.nextId++,
      requested,
      place: placeOfLine(this.stepsIn(file), requested),
    }));
    this.files.set(file, made);
    return made.map((one) => this.told(one));
  }

  /**
   * Puts better known steps in place (BuildKit's own after our preview).
   * @returns the breakpoints that look different now, for `breakpoint` events
   */
  update(steps: readonly PlacedStep[]): DebugProtocol.Breakpoint[] {
    this.steps = steps;
    const changed: DebugProtocol.Breakpoint[] = [];
    for (const [file, breakpoints] of this.files) {
      const own = this.stepsIn(file);
      for (const one of breakpoints) {
        const place = placeOfLine(own, one.requested);
        if (place?.line === one.place?.line && place?.endLine === one.place?.endLine) continue;
        one.place = place;
        changed.push(this.told(one));
      }
    }
    return changed;
  }

  /** The breakpoints that stand at a step. */
  at({ step, path }: PlacedStep): number[] {
    if (path === undefined) return [];
    return (this.files.get(resolve(path)) ?? [])
      .filter(({ place }) => place?.line === step.firstLine)
      .map(({ id }) => id);
  }

  /** The lines of a file on which a breakpoint may stand. */
  locations(path: string, from: number, to: number): number[] {
    const lines = this.stepsIn(resolve(path)).map((step) => step.firstLine);
    return [...new Set(lines)].filter((line) => from <= line && line <= to).sort((a, b) => a - b);
  }

  private stepsIn(file: string): Step[] {
    return this.steps
      .filter(({ path }) => path !== undefined && resolve(path) === file)
      .map(({ step }) => step);
  }

  private told({ id, requested, place }: Breakpoint): DebugProtocol.Breakpoint {
    if (place !== undefined) return { id, verified: true, ...place };
    const message = 'No step of this build stands on this line or below it.';
    return { id, verified: false, line: requested, message };
  }
}
