/**
 * The call stack of a stop: the statement itself, the ones it builds on, nearest first, and then
 * those that wait for it.
 *
 * A stage is to its users what a function is to its callers: it builds on a stage below, and is
 * called where another one copies from it or starts from it.
 */
import { basename } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Definition } from '../../proto/model/definition';
import type { Program, TextSource, TrackStatement } from '../engine/debug/program';
import type { Site } from '../engine/debug/site';
import type { WalkStop } from '../engine/debug/walk';

/** The sites of a stack, innermost first; callers come last. */
export function chainOf(
  { statement, moment, failure }: WalkStop,
  program: Program,
  definitions: readonly Definition[],
): { readonly own: readonly Site[]; readonly callers: readonly Site[] } {
  const own: Site[] = [{ statement, moment, failure }];
  const tracks = new Set([statement.track]);
  let above: TrackStatement = statement;
  for (;;) {
    const bases = above.track.isChain ? undefined : basesOf(above, definitions);
    for (const one of above.track.statements.slice(0, above.index).toReversed()) {
      const isBase = one.step?.ops.some(({ digest }) => bases?.has(digest)) === true;
      if (bases === undefined || isBase) own.push({ statement: one, moment: 'after' });
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

/** The ops that a statement's last op goes on from: its first input, and so on. */
function basesOf(
  { step }: TrackStatement,
  definitions: readonly Definition[],
): ReadonlySet<string> {
  const first = new Map(
    definitions.flatMap(({ ops }) =>
      ops.map(({ digest, op }) => [digest, op.inputs[0]?.digest] as const),
    ),
  );
  const bases = new Set<string>();
  for (let at = step?.digest; at !== undefined && !bases.has(at); at = first.get(at)) bases.add(at);
  return bases;
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
