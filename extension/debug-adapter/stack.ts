/**
 * The call stack of a stop: the statement itself, the ones it builds on, nearest first, and then
 * those that wait for it.
 *
 * A stage is to its users what a function is to its callers: it builds on a stage below, and is
 * called where another one copies from it or starts from it.
 */
import { basename } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Program, TextSource, TrackStatement } from '../engine/program';
import type { Site } from '../engine/site';
import type { WalkStop } from '../engine/walks';

/** The sites of a stack, innermost first; callers come last. */
export function chainOf(
  { statement, moment, failure }: WalkStop,
  program: Program,
): { readonly own: readonly Site[]; readonly callers: readonly Site[] } {
  const own: Site[] = [{ statement, moment, failure }];
  const tracks = new Set([statement.track]);
  let above: TrackStatement = statement;
  for (;;) {
    for (const one of above.track.statements.slice(0, above.index).toReversed()) {
      own.push({ statement: one, moment: 'after' });
    }
    const base = above.track.statements[0]?.needs[0];
    if (base === undefined || tracks.has(base.track)) break;
    tracks.add(base.track);
    own.push({ statement: base, moment: 'after' });
    above = base;
  }
  const callers = program.tracks
    .flatMap(({ statements }) => statements)
    .filter(({ needs }) => needs.some(({ track }) => track === statement.track))
    .map((one): Site => ({ statement: one, moment: 'before' }));
  return { own, callers };
}

export type Sources = {
  /** A number by which the client can ask for a text that is no file. */
  readonly reference: (source: TextSource & { kind: 'text' }) => number;
};

export function frameFor(
  id: number,
  { statement }: Site,
  sources: Sources,
  isCaller: boolean,
): DebugProtocol.StackFrame {
  const { name, firstLine, lastLine, source, step, track } = statement;
  const shown = name.replace(/\s*\n\s*/g, ' ');
  return {
    id,
    name: isCaller ? `used by ${track.name}: ${statement.text}` : shown,
    line: firstLine,
    column: 1,
    endLine: lastLine,
    ...(step === undefined ? {} : { instructionPointerReference: step.digest }),
    canRestart: step !== undefined && !isCaller,
    ...(source === undefined || isCaller ? { presentationHint: 'subtle' as const } : {}),
    ...(source === undefined ? {} : { source: sourceFor(source, sources) }),
  };
}

export function sourceFor(source: TextSource, sources: Sources): DebugProtocol.Source {
  return source.kind === 'file'
    ? { name: basename(source.path), path: source.path }
    : { name: source.name, sourceReference: sources.reference(source) };
}
