/**
 * hadolint's comments in a Dockerfile: what to ignore, and which shell a base image has.
 *
 * `# hadolint ignore=A,B` counts for the next instruction, `# hadolint stage ignore=` before a FROM
 * for its stage, `# hadolint global ignore=` for the file; text may follow behind another `#`.
 */
import type { Span } from '../../dockerfile';
import type { Instruction } from '../../dockerfile/parser/syntax-tree';
import type { StageTable } from '../../dockerfile/occurrences/stages';
import type { DockerfileView } from '../../dockerfile-view';

export class Pragmas {
  /** The comments that ignore something at one instruction, each with that instruction. */
  readonly inline: (Span & { readonly instruction: Instruction })[] = [];
  readonly #global = new Set<string>();
  /** By the first line of an instruction. */
  readonly #instructions = new Map<number, Set<string>>();
  /** By the first line of their FROM. */
  readonly #stages = new Map<number, Set<string>>();
  /** By the line of the comment, from 1. */
  readonly #shells: { readonly line: number; readonly shell: string }[] = [];
  readonly #table: StageTable;

  constructor({ tree, stages }: DockerfileView) {
    this.#table = stages;
    for (const { text, line, start, end } of tree.comments) {
      const [, scope, key, value = ''] =
        /^#?\s*hadolint\s+(?:(global|stage)\s+)?(ignore|shell)\s*=\s*([^#]*)/.exec(text) ?? [];
      if (key === undefined) continue;
      if (key === 'shell') {
        this.#shells.push({ line, shell: value.trim() });
        continue;
      }
      const codes = value.split(/[\s,]+/).filter((code) => code !== '');
      if (scope === 'global') {
        for (const code of codes) this.#global.add(code);
        continue;
      }
      const next = tree.instructions.find(({ lines }) => lines.first > line);
      if (next === undefined) continue;
      if (scope === undefined) this.inline.push({ start, end, instruction: next });
      else if (next.name !== 'from') continue;
      const kept = scope === undefined ? this.#instructions : this.#stages;
      kept.set(next.lines.first, new Set([...(kept.get(next.lines.first) ?? []), ...codes]));
    }
  }

  /** A comment says that the rule does not count there. */
  ignores(code: string, { lines: { first } }: Instruction): boolean {
    if (this.#global.has(code) || this.#instructions.get(first)?.has(code) === true) return true;
    if (this.#stages.size === 0) return false;
    const stage = this.#table.stages.findLast(({ from }) => from.lines.first <= first);
    return stage !== undefined && this.#stages.get(stage.from.lines.first)?.has(code) === true;
  }

  /** The shell that a comment of the same stage, above the instruction, says that it runs in. */
  shellOf({ lines: { first } }: Instruction): string | undefined {
    if (this.#shells.length === 0) return undefined;
    const stage = this.#table.stages.findLast(({ from }) => from.lines.first <= first);
    const begin = stage?.from.lines.first ?? 0;
    return this.#shells.findLast(({ line }) => line > begin && line < first)?.shell;
  }
}
