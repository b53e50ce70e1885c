/** What folds: stages, instructions of several lines, heredocs, comment blocks, `#region` marks. */
import { FoldingRangeKind, type FoldingRange } from 'vscode-languageserver-types';
import type { DockerfileView } from '../dockerfile-view';

export type FoldingOptions = {
  /** The client ignores columns. */
  readonly lineFoldingOnly: boolean;
  /** How many ranges the client wants at most. */
  readonly limit: number;
};

/** From the end of the first line to the end of the last one. */
type Fold = { readonly first: number; readonly last: number; readonly kind?: FoldingRangeKind };

export function foldingRanges(view: DockerfileView, options: FoldingOptions): FoldingRange[] {
  const seen = new Set<string>();
  const folds: FoldingRange[] = [];
  for (const fold of allFolds(view)) {
    const { first, last, kind } = fold;
    const key = `${first}-${last}`;
    if (first >= last || seen.has(key)) continue;
    if (folds.length >= options.limit) break;
    seen.add(key);
    folds.push({
      startLine: first,
      endLine: last,
      ...(options.lineFoldingOnly
        ? {}
        : {
            startCharacter: lineLength(view, first),
            endCharacter: lineLength(view, last),
          }),
      ...(kind === undefined ? {} : { kind }),
    });
  }
  return folds;
}

function* allFolds(view: DockerfileView): Generator<Fold> {
  const { tree, stages } = view;
  const lines = ({ start, end }: { start: number; end: number }): Fold => ({
    first: view.lineAt(start),
    last: view.lineAt(end),
  });
  const open = view.instructionAt(view.text.length);
  for (const instruction of tree.instructions) {
    const { start, end } = instruction.span;
    yield lines({ start, end: instruction === open ? view.text.length : end });
  }
  yield* commentBlocks(view);
  for (const { heredocs } of tree.instructions) {
    for (const { body, terminator } of heredocs) {
      const { first, last } = lines({ start: body.start, end: (terminator ?? body).end });
      yield { first: first - 1, last };
    }
  }
  for (const { from, instructions } of stages.stages) {
    const last = instructions.at(-1);
    if (last !== undefined) yield lines({ start: from.span.start, end: last.span.end });
  }
  yield* regions(view);
}

/** Runs of comment lines, those inside an instruction too. */
function* commentBlocks(view: DockerfileView): Generator<Fold> {
  let first: number | undefined;
  let last = 0;
  const block = (): Fold[] =>
    first === undefined ? [] : [{ first, last, kind: FoldingRangeKind.Comment }];
  for (const { start } of view.tree.comments) {
    const line = view.lineAt(start);
    if (line !== last + 1 || first === undefined) {
      yield* block();
      first = line;
    }
    last = line;
  }
  yield* block();
}

/** `# region` … `# endregion`, which may be nested. */
function* regions(view: DockerfileView): Generator<Fold> {
  const open: number[] = [];
  for (const { start, text } of view.tree.comments) {
    if (/^#?region\b/i.test(text)) open.push(view.lineAt(start));
    else if (/^#?endregion\b/i.test(text)) {
      const first = open.pop();
      if (first !== undefined) {
        yield { first, last: view.lineAt(start), kind: FoldingRangeKind.Region };
      }
    }
  }
}

function lineLength(view: DockerfileView, line: number): number {
  return view.document.positionAt(view.lineEnd(line)).character;
}
