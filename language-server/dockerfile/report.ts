/**
 * A case of the batch interface → its result: what `llb-lens llb --batch` writes, a line a case.
 * The shapes are those of the conformance data.
 */
import type { Definition, DefinitionOp, OpMetadata } from '../../proto/model/definition';
import { digestOf } from '../../proto/model/digest';
import { compile, lint } from './compile/compile';
import type { CompileOptions } from './compile/options';
import type {
  BuildError,
  CompileResult,
  ImageRequest,
  OutlineItem,
  Unsupported,
} from './compile/result';
import { exportPlatforms } from './export-platforms';
import { readOptions } from './compile/request';
import { outline, targets } from './compile/subrequests';
import type { LintWarning } from './lint/warning';
import { detectSyntax } from './parser/directives';
import { parse } from './parser/parse';
import type { SyntaxTree } from './parser/syntax-tree';
import { opToProtoJson, type ProtoJson } from './proto-json';
import { tableResolver, type ImageTable } from './resolvers/table-resolver';
import { lineList, type Lines } from './text/span';

/** The session id of a batch where the options name none. */
export const batchSession = 'oraclesession000000000000';

export type BatchCase = {
  readonly name: string;
  readonly dockerfile: string | Uint8Array;
  readonly options: BatchOptions;
};

/** Compile options, and images that only this case knows. */
export type BatchOptions = CompileOptions & {
  readonly images?: ImageTable;
  readonly missingImages?: readonly string[];
  /** The recorded answers were made without a frontend image to forward to. */
  readonly noForward?: boolean;
};

export type BatchOp = {
  readonly digest: string;
  readonly op: ProtoJson;
  readonly metadata: ProtoJson;
  readonly locations?: readonly string[];
};

export type BatchWarning = {
  readonly rule: string;
  readonly detail: string;
  readonly location: string;
};

export type BatchError = { readonly message: string; readonly locations: readonly string[] };

/** What the frontend asks of the builder, and what it tells the exporters. */
export type BatchRequests = {
  /** Absent where not even the options could be read. */
  readonly resolves?: readonly ImageRequest[];
  /** This and the next are absent after an error. */
  readonly loads?: readonly (readonly BatchOp[])[];
  readonly exportPlatforms?: ProtoJson;
};

export type BatchResult = {
  readonly name: string;
  readonly results: readonly {
    readonly id: string;
    readonly ops: readonly string[] | readonly BatchOp[];
    readonly imageConfigDigest: string;
  }[];
  readonly error: BatchError | null;
  readonly warnings: readonly BatchWarning[];
  readonly lint: readonly BatchWarning[];
  readonly lintError: (Omit<BatchError, 'locations'> & { readonly location: string }) | null;
  readonly outline: ProtoJson;
  readonly targets: ProtoJson;
  /** Only in full. */
  readonly requests?: BatchRequests;
  readonly unsupported?: readonly Unsupported[];
};

/**
 * Runs one case.
 * @param images the table that all cases share
 * @param full give each op with its content instead of its digest alone
 */
export async function runBatchCase(
  { name, dockerfile, options }: BatchCase,
  images: ImageTable,
  full = false,
): Promise<BatchResult> {
  const tree = parse(dockerfile);
  const resolver = tableResolver([images, options.images ?? {}], options.missingImages);
  const complete: BatchOptions = {
    session: batchSession,
    ...options,
    ...(options.noForward === true && { forwardError: 'oracle: forwarding disabled' }),
  };
  const build = await compile(tree, complete, resolver);
  const linted = await lint(tree, complete, resolver);
  const outlined = await outline(tree, complete, resolver);
  const listed = targets(tree, complete);
  const errorJson = (error: BuildError) => requestErrorJson(error, forwardedBy(tree, complete));
  return {
    name,
    results: build.results.map((result) => ({
      id: result.id,
      ops: full ? definitionJson(result.definition) : result.definition.ops.map((op) => op.digest),
      imageConfigDigest: digestOf(result.imageConfigBytes),
    })),
    error: build.error === undefined ? null : errorOf(build.error),
    warnings: build.warnings.map(warningOf),
    lint: linted.warnings.map(warningOf),
    lintError:
      linted.error === undefined
        ? null
        : { message: linted.error.message, location: mergedLocation(linted.error) },
    outline: 'error' in outlined ? { error: errorJson(outlined.error) } : outlineJson(outlined),
    targets: 'error' in listed ? { error: errorJson(listed.error) } : targetsJson(listed),
    ...(full && { requests: requestsOf(build) }),
    ...(build.unsupported.length > 0 && { unsupported: build.unsupported }),
  };
}

export function requestsOf({ requests, error, results }: CompileResult): BatchRequests {
  const asked = requests?.();
  return {
    ...(asked && { resolves: asked.images }),
    ...(error === undefined && {
      loads: asked?.loads.map(definitionJson) ?? [],
      exportPlatforms: exportPlatforms(results),
    }),
  };
}

/** A place as the conformance data writes it: the lines, separated by blanks. */
export function locationText(lines: Lines | undefined): string {
  return lines === undefined ? '' : lineList(lines).join(' ');
}

/** An error in the batch's shape. */
export function errorOf(error: BuildError): BatchError {
  return { message: error.message, locations: error.locations.map(locationText) };
}

type ErrorSource = { readonly filename: string; readonly ranges: string };

/**
 * The `# syntax=` directive that hands a file over; one in JSON has no place of its own. Options that
 * BuildKit refuses keep it from reading the file at all.
 */
function forwardedBy(tree: SyntaxTree, options: CompileOptions): ErrorSource | undefined {
  let filename: string;
  try {
    ({ filename } = readOptions(options).context);
  } catch {
    return undefined;
  }
  const { buildArgs, frontendOpts } = options;
  if (buildArgs?.['BUILDKIT_SYNTAX'] !== undefined) return undefined;
  if (frontendOpts?.['cmdline'] !== undefined) return undefined;
  const directive = detectSyntax(tree.text);
  return directive && { filename, ranges: `${directive.line}` };
}

/** A subrequest's error; of a file that was handed over, BuildKit names the directive as its source. */
function requestErrorJson(error: BuildError, source: ErrorSource | undefined): ProtoJson {
  const { message, locations } = errorOf(error);
  return {
    message,
    ...(locations.length > 0 && { locations: [...locations] }),
    ...(source && { sources: [source] }),
  };
}

/** A warning in the batch's shape. */
export function warningOf({ rule, detail, lines }: LintWarning): BatchWarning {
  return { rule, detail, location: locationText(lines) };
}

/** All places of an error as one list of lines, each once: the lint request reports them so. */
export function mergedLocation(error: BuildError): string {
  const lines = error.locations.flatMap((place) => (place === undefined ? [] : lineList(place)));
  return [...new Set(lines)].sort((a, b) => a - b).join(' ');
}

/**
 * A definition's ops with all they say, in definition order. Progress groups are numbered in that
 * order: their ids are random in BuildKit.
 */
export function definitionJson(definition: Definition): BatchOp[] {
  const groups = new Map<string, string>();
  return definition.ops.map((op) => fullOp(definition, op, groups));
}

function fullOp(
  { metadata, locations }: Definition,
  { digest, op }: DefinitionOp,
  groups: Map<string, string>,
): BatchOp {
  const places = locations.get(digest);
  return {
    digest,
    op: opToProtoJson(op),
    metadata: metadataJson(metadata.get(digest), groups),
    ...(places && {
      locations: places.map(({ ranges }) => ranges.map(({ start }) => start.line).join(' ')),
    }),
  };
}

/** @param groups progress group ids → how they are spelled; grows */
function metadataJson(metadata: OpMetadata | undefined, groups: Map<string, string>): ProtoJson {
  if (metadata === undefined) return {};
  const { caps, description, ignoreCache, progressGroup, linuxResources } = metadata;
  return {
    ...(caps.length > 0 && { caps }),
    ...(Object.keys(description).length > 0 && { description }),
    ...(ignoreCache && { ignoreCache }),
    ...(progressGroup && {
      progressGroup: { ...progressGroup, id: groupId(progressGroup.id, groups) },
    }),
    ...(linuxResources && {
      linuxResources: Object.fromEntries(
        Object.entries(linuxResources).map(([key, value]) => [key, value.toString()]),
      ),
    }),
  };
}

function groupId(id: string, groups: Map<string, string>): string {
  const known = groups.get(id);
  if (known !== undefined) return known;
  const next = `pg-${groups.size}`;
  groups.set(id, next);
  return next;
}

/** An outline in the batch's shape. */
export function outlineJson({
  outline: { name, description, args, secrets, ssh },
}: Extract<Awaited<ReturnType<typeof outline>>, { outline: unknown }>): ProtoJson {
  return {
    ...(name !== '' && { name }),
    ...(description !== '' && { description }),
    ...(args.length > 0 && { args: args.map(itemJson) }),
    ...(secrets.length > 0 && { secrets: secrets.map(itemJson) }),
    ...(ssh.length > 0 && { ssh: ssh.map(itemJson) }),
  };
}

function itemJson({ name, value = '', description = '', required, lines }: OutlineItem): ProtoJson {
  return {
    name,
    ...(value !== '' && { value }),
    ...(description !== '' && { description }),
    ...(required === true && { required }),
    ...(lines !== undefined && { location: locationText(lines) }),
  };
}

/** A list of targets in the batch's shape. */
export function targetsJson({
  targets: list,
}: Extract<ReturnType<typeof targets>, { targets: unknown }>): ProtoJson {
  return {
    targets:
      list.length === 0
        ? null
        : list.map((target) => ({
            ...(target.name !== '' && { name: target.name }),
            ...(target.description !== '' && { description: target.description }),
            base: target.base,
            ...(target.platform !== '' && { platform: target.platform }),
            ...(target.default && { default: true }),
            location: locationText(target.lines),
          })),
  };
}
