/** A Dockerfile as a {@link BuildFile}: the parser's and compiler's answers, worked out once. */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type {
  CodeAction,
  CodeActionContext,
  Diagnostic,
  DocumentSymbol,
  FoldingRange,
  Range,
} from 'vscode-languageserver-types';
import type { BuildProfile } from '../proto/messages/build-profile';
import type { BuildTarget, ChosenBuild } from '../proto/messages/language-server';
import { emptyGraph, type BuildGraph, type GraphGroup } from '../proto/model/build-graph';
import type { Digest } from '../proto/model/digest';
import { graphFromDefinitions, GraphMemo } from '../proto/model/graph-from-definition';
import { nodeKind } from '../proto/model/op-details';
import type { BuildFile, Compiled, StepOp } from './build-file';
import {
  compile,
  CompileMemo,
  lint,
  lintAndCompile,
  parsePlatform,
  targets,
  type Analysis,
  type LintWarning,
} from './dockerfile';
import type { ImageResolver } from './dockerfile/compile/image-resolver';
import type { CompileOptions } from './dockerfile/compile/options';
import type { BuildError, CompileResult, PlatformResult } from './dockerfile/compile/result';
import type { SyntaxTree } from './dockerfile/parser/syntax-tree';
import { countsComments } from './checks/hadolint/hadolint';
import { dockerfileDiagnostics } from './dockerfile-diagnostics';
import { dockerfileOptions, isRemoteContext, localContexts } from './dockerfile-options';
import { DockerfileView } from './dockerfile-view';
import { codeActions } from './features/code-actions';
import { foldingRanges, type FoldingOptions } from './features/folding';
import { documentSymbols } from './features/symbols';
import type { ServerHost } from './host';
import { ImageOrigins } from './image-origins';

type Problems = {
  readonly warnings: readonly LintWarning[];
  readonly errors: readonly BuildError[];
};

/** What a file's versions hand on to each other. */
type Memory = {
  readonly compile: CompileMemo;
  readonly graph: GraphMemo;
  readonly images: ImageOrigins;
};

export class DockerfileBuildFile implements BuildFile {
  readonly view: DockerfileView;
  /** By profile, as JSON. */
  private readonly results = new Map<string, Promise<CompileResult>>();
  private found: Promise<Problems> | undefined;
  private analysis: Promise<Analysis> | undefined;
  private readonly memory: Memory;
  private readonly filename: string;

  /** @param given the chosen build: hovers and hints show its arguments, its context has the files */
  constructor(
    readonly document: TextDocument,
    private readonly host: ServerHost,
    previous?: BuildFile,
    private readonly given?: ChosenBuild,
  ) {
    this.view = new DockerfileView(document, previous?.view, given?.buildArgs);
    this.memory =
      previous instanceof DockerfileBuildFile
        ? previous.memory
        : { compile: new CompileMemo(), graph: new GraphMemo(), images: new ImageOrigins() };
    this.filename = decodeURIComponent(document.uri.slice(document.uri.lastIndexOf('/') + 1));
  }

  get contextUri(): string | undefined {
    const context = this.given?.context;
    return context === undefined ? undefined : folderUri(this.document.uri, context);
  }

  async diagnostics(): Promise<readonly Diagnostic[]> {
    const { warnings, errors } = await this.problems();
    const unsupported = await (await this.analysed()).unsupported();
    return dockerfileDiagnostics(this.document, { errors, warnings, unsupported });
  }

  async codeActions(range: Range, context: CodeActionContext): Promise<CodeAction[]> {
    const images = this.host.images(this.document.uri);
    const [platform = 'linux/amd64'] = this.host.buildPlatforms;
    const source = {
      view: this.view,
      images,
      platform: parsePlatform(platform),
      problems: () => this.problems(),
      countsComments: () => countsComments(this.document.uri, this.host),
      lint: async (tree: SyntaxTree) => (await lint(tree, await this.options({}), images)).warnings,
    };
    return codeActions(source, range, context);
  }

  /** What lint and parser find, worked out once. */
  private problems(): Promise<Problems> {
    this.found ??= this.findProblems();
    return this.found;
  }

  private async findProblems(): Promise<Problems> {
    const { warnings, error, laterErrors = [] } = (await this.analysed()).linted;
    return { warnings, errors: error === undefined ? [] : [error, ...laterErrors] };
  }

  /** What lint and compile say of the file itself, under no profile. */
  private analysed(): Promise<Analysis> {
    this.analysis ??= this.options({}).then((options) =>
      lintAndCompile(this.view.tree, options, this.resolver(), this.memory.compile),
    );
    return this.analysis;
  }

  private resolver(): ImageResolver {
    return this.memory.images.watch(this.host.images(this.document.uri));
  }

  symbols(): readonly DocumentSymbol[] {
    return documentSymbols(this.view);
  }

  foldingRanges(options: FoldingOptions): readonly FoldingRange[] {
    return foldingRanges(this.view, options);
  }

  targets(): readonly BuildTarget[] {
    const answer = targets(this.view.tree);
    if (!('targets' in answer)) return [];
    return answer.targets.map((target) => ({
      name: target.name,
      description: `FROM ${target.base}`,
      isDefault: target.default,
      line: target.lines.first,
    }));
  }

  async compile(profile: BuildProfile, previous = emptyGraph): Promise<Compiled> {
    const result = await this.compiled(profile);
    const results = result.results.length > 0 ? result.results : partialResults(result);
    const notes = compileNotes(result);
    if (results.length === 0) return { graph: undefined, notes };
    const definitions = results.map(({ definition }) => definition);
    return { graph: this.graph(results, notes, previous), definitions, notes };
  }

  async opsOf(instruction: number): Promise<readonly StepOp[]> {
    const result = await this.compiled({});
    const results = result.results.length > 0 ? result.results : partialResults(result);
    const content = this.view.tree.instructions[instruction]?.content;
    if (content === undefined) return [];
    return results.flatMap(({ definition: { ops }, contents }) =>
      ops
        .filter((_, place) => contents.at(place)?.instruction === content)
        .map(({ digest, op }) => ({ kind: nodeKind(op.op), digest })),
    );
  }

  private compiled(profile: BuildProfile): Promise<CompileResult> {
    const key = JSON.stringify(profile);
    const known = this.results.get(key);
    if (known !== undefined) return known;
    const result =
      key === '{}'
        ? this.analysed().then(({ compiled }) => compiled())
        : this.options(profile).then((options) =>
            compile(this.view.tree, options, this.resolver(), this.memory.compile),
          );
    this.results.set(key, result);
    return result;
  }

  private graph(
    results: readonly PlatformResult[],
    notes: readonly string[],
    previous: BuildGraph,
  ): BuildGraph {
    const groupOf = (digest: Digest): GraphGroup | undefined => {
      const of = results.find(({ contents }) => contents.get(digest) !== undefined);
      const stage = of?.contents.get(digest)?.stage;
      return stage && { ...stage, kind: 'stage' };
    };
    return graphFromDefinitions(
      results.map(({ definition }) => definition),
      {
        groups: { get: groupOf },
        uncertain: {
          has: (digest) => results.some(({ uncertain }) => uncertain.has(digest)),
          flags: results.length === 1 ? results[0]?.uncertain.flags : undefined,
        },
        uris: { [this.filename]: this.document.uri },
        sourceDetail: (identifier) => this.memory.images.detailOf(identifier),
        notes,
      },
      { graph: previous, memo: this.memory.graph },
    );
  }

  /** BuildKit reads the ignore file beside the Dockerfile first, then the context's. */
  private async options(profile: BuildProfile): Promise<CompileOptions> {
    const { uri } = this.document;
    const ignoreOf = (folder: string | undefined): Promise<string | undefined> =>
      folder === undefined
        ? Promise.resolve(undefined)
        : this.host.readText(new URL('.dockerignore', folder).href);
    const locals = Object.entries(localContexts(profile));
    const [dockerfileIgnore, dockerignore, ...localIgnores] = await Promise.all([
      this.host.readText(`${uri}.dockerignore`),
      ignoreOf(folderUri(uri, profile.context ?? this.given?.context)),
      ...locals.map(([, folder]) => ignoreOf(folderUri(uri, folder))),
    ]);
    const localIgnore = Object.fromEntries(
      locals.flatMap(([name], index) => {
        const text = localIgnores[index];
        return text === undefined ? [] : [[name, text]];
      }),
    );
    const compileOptions = dockerfileOptions(profile, {
      filename: this.filename,
      buildPlatforms: this.host.buildPlatforms,
      localIgnore,
      ...(dockerignore === undefined ? {} : { dockerignore }),
      ...(dockerfileIgnore === undefined ? {} : { dockerfileIgnore }),
    });
    return { ...compileOptions, partial: true };
  }
}

/**
 * A context's folder, with a slash at its end; the document's own where none is named. Undefined
 * for a document or a context that is in no folder.
 */
function folderUri(uri: string, context: string | undefined): string | undefined {
  if (!uri.includes('/')) return undefined;
  const folder = uri.slice(0, uri.lastIndexOf('/') + 1);
  if (context === undefined) return folder;
  if (isRemoteContext(context)) return undefined;
  const path = context.replaceAll('\\', '/').replace(/\/*$/, '/');
  return new URL(/^[a-z]:\//i.test(path) ? `/${path}` : path, folder).href;
}

const partialResults = ({ partial }: CompileResult): PlatformResult[] =>
  partial === undefined ? [] : [partial];

function compileNotes(result: CompileResult): string[] {
  const { error, laterErrors = [], unsupported, forward } = result;
  return [
    ...(error === undefined ? [] : [error, ...laterErrors].map(({ message }) => message)),
    ...unsupported.map(({ message }) => message),
    ...(forward === undefined
      ? []
      : [`BuildKit builds this file with the frontend ${forward.ref}; the graph is our own.`]),
  ];
}
