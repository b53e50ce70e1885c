/** What a refactoring is: edits of the text around a place, offered where they make sense. */
import type { TextEdit } from '../lint/fixes/fix';
import type { SyntaxTree } from '../parser/syntax-tree';
import type { Span } from '../text/span';

export type Refactoring = {
  /** LSP's kind, e.g. `refactor.rewrite.merge`. */
  readonly kind: string;
  readonly title: string;
  readonly edits: readonly TextEdit[];
};

/** What can be done at a selection; an empty one is a place. */
export type Refactor = (tree: SyntaxTree, selection: Span) => readonly Refactoring[];
