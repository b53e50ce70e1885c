/** Why a closure must not be built, in one text: what is wrong, where, and what can be done about it. */
import {
  linesOf,
  isRefused,
  textOf,
  type ClosureDiagnostic,
  type CompiledClosure,
  type DiagnosticCode,
} from '../../../language-server/derivation';
import { baseName } from '../../../language-server/derivation/store-path';
import type { OpenedClosure } from '../../../language-server/server/store-reader';

/** A closure whose store is somewhere else lacks everything; a few lines say as much as hundreds. */
const MOST_PROBLEMS = 5;

const MISSING: ReadonlySet<DiagnosticCode> = new Set(['missing-input', 'missing-source']);

/** @returns undefined when it can be built */
export function refusalOf(
  { definition, problems }: Pick<CompiledClosure, 'definition' | 'problems'>,
  opened: Pick<OpenedClosure, 'closure' | 'folders'>,
): string | undefined {
  if (definition !== undefined && !problems.some(isRefused)) return undefined;
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return 'This derivation cannot be built.';
  const lines = errors.slice(0, MOST_PROBLEMS).map((each) => placedProblem(each, opened));
  const more = errors.length - lines.length;
  if (more > 0) lines.push(`… and ${more} more ${more === 1 ? 'problem' : 'problems'}`);
  if (errors.some(({ code }) => MISSING.has(code))) {
    const folders = opened.folders.length === 0 ? 'no folder' : opened.folders.join(', ');
    lines.push(
      `What is missing was looked for in ${folders}. ` +
        'Name the folder that has it: --store-dir, or "context" in a launch.',
    );
  }
  return lines.join('\n');
}

/** `NAME.drv:LINE:COLUMN: what is wrong`, counted from 1 as editors show it. */
export function placedProblem(
  { drv, start, message }: Pick<ClosureDiagnostic, 'drv' | 'start' | 'message'>,
  { closure }: Pick<OpenedClosure, 'closure'>,
): string {
  const bytes = closure.derivations.get(drv)?.bytes;
  const name = textOf(baseName(drv));
  if (bytes === undefined) return `${name}: ${message}`;
  const { line, character } = linesOf(bytes).position(start);
  return `${name}:${line + 1}:${character + 1}: ${message}`;
}
