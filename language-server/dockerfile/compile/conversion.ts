/** Everything that the steps of one conversion (one platform) share. */
import type { ExecMeta, Platform } from '../../../proto/model/op';
import type { TypedDockerfile } from '../instructions/dockerfile';
import type { Linter } from '../lint/linter';
import type { EnvList } from '../llb/env-list';
import type { State } from '../llb/state';
import type { VertexOrigin } from '../llb/vertex';
import type { Instruction, SyntaxTree } from '../parser/syntax-tree';
import type { Span } from '../text/span';
import type { LexerOptions } from '../words/lexer';
import type { Config } from './config';
import type { Failures } from './failures';
import type { IgnoreMatcher } from './ignore-file';
import type { ImageLookup } from './image-lookup';
import type { MainContext } from './main-context';
import type { CompileMemo, PassMemo } from './memo';
import type { Unsupported } from './result';
import type { StageList, StageState } from './stage-state';

export type ConversionInput = {
  readonly tree: SyntaxTree;
  readonly dockerfile: TypedDockerfile;
  readonly config: Config;
  readonly context: MainContext;
  readonly images: ImageLookup;
  readonly linter: Linter;
  readonly target: Platform | undefined;
  readonly allStages: boolean;
  readonly memo: CompileMemo;
  readonly failures: Failures;
};

export type Converted = {
  readonly target: StageState;
  readonly targetPlatform: Platform;
  readonly unsupported: readonly Unsupported[];
  readonly memo: PassMemo;
  /** Which of the memo's conversions it is. */
  readonly turn: object;
  readonly stages: StageList;
  /** The target needs every stage of the file, and nothing else has been looked at. */
  readonly isWholeFile: boolean;
};

export type Conversion = {
  readonly tree: SyntaxTree;
  readonly config: Config;
  readonly context: MainContext;
  readonly images: ImageLookup;
  readonly linter: Linter;
  readonly failures: Failures;
  readonly lexer: LexerOptions;
  readonly buildPlatform: Platform;
  readonly targetPlatform: Platform;
  /** No platform was asked for. */
  readonly implicitTarget: boolean;
  readonly globalArgs: EnvList;
  readonly buildArgs: ReadonlyMap<string, string>;
  /** SOURCE_DATE_EPOCH in seconds. */
  readonly epoch: bigint | undefined;
  readonly proxyEnv: ExecMeta['proxyEnv'] | undefined;
  readonly stages: StageList;
  /** Lint looks at all stages, a build only at what its target needs. */
  readonly allStages: boolean;
  /** A state on the build context, whose output is known only at the end. */
  readonly contextState: State;
  readonly ignoreMatcher: IgnoreMatcher | undefined;
  readonly memo: PassMemo;
};

/** Where the vertices of an instruction come from. */
export function originOf(
  conversion: Conversion,
  stage: StageState,
  node: Instruction | undefined,
): VertexOrigin {
  return {
    stage: stage.groupOf(conversion.stages.all.indexOf(stage)),
    instruction: node?.content,
    uncertain: stage.uncertain,
  };
}

/** The places where an instruction names a variable: `$NAME` and `${NAME…}`. */
export function variableSpans(tree: SyntaxTree, node: Instruction, name: string): readonly Span[] {
  if (!tree.instructions.includes(node)) return [];
  const spans: Span[] = [];
  const { start, end } = node.span;
  for (const mark of [`$${name}`, `\${${name}`]) {
    for (
      let found = tree.text.indexOf(mark, start);
      found >= 0 && found < end;
      found = tree.text.indexOf(mark, found + 1)
    ) {
      const after = found + mark.length;
      if (/[A-Za-z0-9_]/.test(tree.text[after] ?? '')) continue;
      const closed = mark.startsWith('${') && tree.text[after] === '}';
      spans.push({ start: found, end: closed ? after + 1 : after });
    }
  }
  return spans.sort((a, b) => a.start - b.start);
}
