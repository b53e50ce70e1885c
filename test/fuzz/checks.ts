/** What must hold of every text, however broken; each check throws an Error that says what does not. */
import {
  compile,
  CompileMemo,
  lint,
  lintAndCompile,
  offlineResolver,
  parse,
  reparse,
  tokensOf,
  type CompileOptions,
  type Instruction,
  type SyntaxTree,
} from '../../language-server/dockerfile';
import { emptyGraph, type GraphGroup } from '../../proto/model/build-graph';
import type { Digest } from '../../proto/model/digest';
import { graphFromDefinitions, GraphMemo } from '../../proto/model/graph-from-definition';
import { applyPatch, diffGraphs } from '../../proto/model/graph-patch';
import { sameValue } from '../../proto/model/same-value';

/** The texts of all tokens are the text. */
export function checkTokens(tree: SyntaxTree): void {
  let at = 0;
  for (const { kind, start, end } of tokensOf(tree)) {
    if (start !== at || end <= start)
      throw new Error(`a ${kind} token is at ${start}, not at ${at}`);
    at = end;
  }
  if (at !== tree.text.length) throw new Error(`the tokens end at ${at}`);
}

/** Parsing an edit is parsing the text. Gives the tree. */
export function checkReparse(before: SyntaxTree, text: string): SyntaxTree {
  const tree = reparse(before, text);
  if (!sameValue(plainTree(tree), plainTree(parse(text)))) {
    throw new Error('an edit is parsed differently from the whole');
  }
  return tree;
}

function plainTree(tree: SyntaxTree): unknown {
  const { text, escape, directives, comments, emptyContinuations, problems, lineCount } = tree;
  const instructions = tree.instructions.map(plainInstruction);
  return {
    text,
    escape,
    directives,
    comments,
    emptyContinuations,
    problems,
    lineCount,
    instructions,
  };
}

function plainInstruction(node: Instruction): unknown {
  const { keyword, name, original, args, json, comments } = node;
  const { keywordSpan, span, lines, flags, words, heredocs, trigger } = node;
  return {
    ...{ keyword, name, original, args, json, comments },
    ...{ keywordSpan, span, lines, flags, words, heredocs },
    trigger: trigger && plainInstruction(trigger),
  };
}

/** Compiling and linting an edit is compiling and linting the file, and neither breaks down. */
export class CompileCheck {
  readonly #memo = new CompileMemo();
  readonly #both = new CompileMemo();
  readonly #graphMemo = new GraphMemo();
  #graph = emptyGraph;
  readonly #options: CompileOptions;

  constructor(options: CompileOptions) {
    this.#options = { ...options, partial: true };
  }

  /** The graph made from the last one is the graph made anew, and its patch leads there. */
  #checkGraph({ results }: Result): void {
    if (results.length === 0) return;
    const definitions = results.map(({ definition }) => definition);
    const before = this.#graph;
    const groupOf = (digest: Digest): GraphGroup | undefined => {
      const stage = results.map(({ contents }) => contents.get(digest)?.stage).find(Boolean);
      return stage && { ...stage, kind: 'stage' };
    };
    const uncertain = {
      has: (digest: Digest) => results.some((result) => result.uncertain.has(digest)),
      flags: results.length === 1 ? results[0]?.uncertain.flags : undefined,
    };
    const options = { groups: { get: groupOf }, uncertain };
    const next = graphFromDefinitions(definitions, options, {
      graph: before,
      memo: this.#graphMemo,
    });
    const anew = graphFromDefinitions(definitions, options, {
      graph: before,
      memo: new GraphMemo(),
    });
    if (!sameValue(next, anew)) throw new Error('an edit gives another graph than the whole');
    const patched = applyPatch(before, diffGraphs(before, next) ?? {});
    if (!sameValue(patched, next)) throw new Error('a patch leads to another graph');
    this.#graph = next;
  }

  async check(tree: SyntaxTree): Promise<void> {
    const images = offlineResolver();
    const fresh = parse(tree.text);
    const options = this.#options;
    const [kept, whole] = [
      await compile(tree, options, images, this.#memo),
      await compile(fresh, options, images),
    ];
    for (const { message } of [whole.error ?? [], whole.laterErrors ?? []].flat()) {
      if (defect.test(message)) throw new Error(`defect: ${message}`);
    }
    const strict = await compile(fresh, { ...options, partial: false }, images);
    if (!sameValue(strict.error, whole.error)) {
      throw new Error('recovery reports first what a build does not');
    }
    if (!sameValue(plainResult(kept), plainResult(whole))) {
      throw new Error('an edit compiles differently from the whole');
    }
    const [keptLint, wholeLint] = [
      await lint(tree, options, images, this.#memo),
      await lint(fresh, options, images),
    ];
    if (!sameValue(plainLint(keptLint), plainLint(wholeLint))) {
      throw new Error('an edit is linted differently from the whole');
    }
    const both = await lintAndCompile(tree, options, images, this.#both);
    const unsupported = await both.unsupported();
    const compiled = await both.compiled();
    if (
      !sameValue(unsupported, whole.unsupported) ||
      !sameValue(plainResult(compiled), plainResult(whole)) ||
      !sameValue(plainLint(both.linted), plainLint(wholeLint))
    ) {
      throw new Error('lint and compile give other answers together than apart');
    }
    this.#checkGraph(compiled);
  }
}

/** What JavaScript says when a program is wrong, which no Dockerfile should make it say. */
const defect =
  /Cannot read|is not a function|is not iterable|\bundefined\b|Maximum call stack|Invalid array/;

type Result = Awaited<ReturnType<typeof compile>>;

function plainResult({ results, partial, warnings, unsupported, ...found }: Result): unknown {
  return {
    results: [...results, ...(partial ? [partial] : [])].map((result) => ({
      ops: result.definition.ops.map(({ digest }) => digest),
      metadata: result.definition.metadata,
      locations: result.definition.locations,
      origins: result.origins,
      imageConfig: new TextDecoder().decode(result.imageConfigBytes),
    })),
    warnings: plainWarnings(warnings),
    error: found.error,
    laterErrors: found.laterErrors,
    unsupported,
  };
}

function plainLint({ warnings, error, laterErrors }: Awaited<ReturnType<typeof lint>>): unknown {
  return { warnings: plainWarnings(warnings), error, laterErrors };
}

/** Spans may be words, which know their text; the place is what counts. */
function plainWarnings(warnings: Result['warnings']): unknown {
  return warnings.map((warning) => ({
    ...warning,
    spans: warning.spans.map(({ start, end }) => [start, end]),
  }));
}
