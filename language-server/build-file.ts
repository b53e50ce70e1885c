/**
 * A build file of any kind, as the LSP features see it: text in, LSP values and a graph out.
 *
 * One value stands for one version of a document. What it answers is worked out on first need and
 * kept, so a version is parsed once however many features ask.
 */
import type {
  CodeAction,
  CodeActionContext,
  CompletionItem,
  Diagnostic,
  DocumentHighlight,
  DocumentLink,
  DocumentSymbol,
  FoldingRange,
  Location,
  Position,
  Range,
} from 'vscode-languageserver-types';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { BuildProfile } from '../proto/messages/build-profile';
import type { BuildTarget, ComposedBuild } from '../proto/messages/language-server';
import type { BuildGraph, NodeKind } from '../proto/model/build-graph';
import type { Definition } from '../proto/model/definition';
import type { Digest } from '../proto/model/digest';
import type { DockerfileView } from './dockerfile-view';
import type { FoldingOptions } from './features/folding';

export type Compiled = {
  /** Undefined when nothing at all could be compiled. */
  readonly graph: BuildGraph | undefined;
  /** What the graph is drawn from. */
  readonly definitions?: readonly Definition[];
  /** Why the graph is missing or partial; shown with it, in BuildKit's words where they exist. */
  readonly notes: readonly string[];
};

/** A name that can stand in place of what has been typed. */
export type OfferedName = {
  readonly text: string;
  readonly kind: 'stage' | 'argument';
  readonly range: Range;
};

/** What is said of a place: paragraphs of Markdown. */
export type MarkdownHover = { readonly markdown: readonly string[]; readonly range: Range };

/** An op that an instruction becomes. */
export type StepOp = { readonly kind: NodeKind; readonly digest: Digest };

export interface BuildFile {
  readonly document: TextDocument;
  /** What is wrong with the file, whatever the profile; never rejects. */
  diagnostics(): Promise<readonly Diagnostic[]>;
  symbols(): readonly DocumentSymbol[];
  foldingRanges(options: FoldingOptions): readonly FoldingRange[];
  /** The folder, with a slash at its end, that the chosen build has its files from; if there is one. */
  readonly contextUri?: string | undefined;
  /** A Dockerfile, for the features that are about Dockerfiles only. */
  readonly view?: DockerfileView;
  /** Fixes and refactorings at a range; absent for a kind of file that has none. */
  codeActions?(range: Range, context: CodeActionContext): Promise<CodeAction[]>;
  /** Links and definitions of a file that has no view. */
  links?(): DocumentLink[] | Promise<DocumentLink[]>;
  definition?(position: Position): Promise<Location | undefined>;
  references?(position: Position): Promise<Location[]>;
  highlights?(position: Position): Promise<DocumentHighlight[]>;
  hover?(position: Position): Promise<MarkdownHover | undefined>;
  /** What can be typed at a position of a file that has no view, with all that comes with it. */
  completion?(position: Position): Promise<CompletionItem[]>;
  /** The file in a form for people, where its own is none. */
  readable?(): string | undefined;
  /** Names that can be typed at a position of a file that has no view. */
  names?(position: Position): Promise<readonly OfferedName[]>;
  /** The builds of other files that this one describes. */
  builds?(): Promise<readonly ComposedBuild[]>;
  /** The ops that an instruction of the view's tree becomes in a build without a profile. */
  opsOf?(instruction: number): Promise<readonly StepOp[]>;
  targets(): readonly BuildTarget[];
  /**
   * The graph of the file under a profile; never rejects for reasons of the text.
   * @param previous the last graph of the file: nodes that are still there keep their ids
   */
  compile(profile: BuildProfile, previous?: BuildGraph): Promise<Compiled>;
}

/**
 * Makes the build file of a document version; undefined for a language that is not served. What the
 * version before has worked out may be taken over where the text is still the same.
 */
export type OpenBuildFile = (
  document: TextDocument,
  previous: BuildFile | undefined,
) => BuildFile | undefined;
