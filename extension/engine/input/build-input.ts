/**
 * What is built, behind one small interface. The engine, the debug adapter and the graph know only
 * this; a Dockerfile and a derivation are its two kinds.
 */
import type { SecretSource } from '../../../proto/messages/build-profile';
import type { BuildkitError } from '../../../proto/client/buildkit-error';
import type { Gateway, GatewayPing } from '../../../proto/client/gateway';
import type * as ops from '../../../proto/generated/ops';
import type { GraphGroup, NodeOutput } from '../../../proto/model/build-graph';
import type { Definition } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import type { ExecOp } from '../../../proto/model/op';

/** One result of a build; several when it is made for several platforms. */
export type BuildResult = {
  /** `linux/arm64` in a multi-platform build, else empty. */
  readonly id: string;
  readonly definition: Definition;
  /** The gateway's name for the result where a frontend made it; it may be lazy. */
  readonly ref?: string;
  /** Whether BuildKit says nothing of its single steps where the whole is cached. */
  readonly nested?: boolean;
};

/** A build as BuildKit will run it. */
export type DefinedBuild = {
  readonly results: readonly BuildResult[];
  /** Goes back with the result, e.g. `containerimage.config` and `refs.platforms`. */
  readonly metadata: ReadonlyMap<string, Uint8Array>;
  readonly groups?: ReadonlyMap<Digest, GraphGroup>;
  /** What the user should know about the whole, e.g. where two compilers differ. */
  readonly notes: readonly string[];
};

/** What is known before BuildKit was asked. */
export type Preview = {
  /** One for each platform; empty when the text does not compile. */
  readonly results: readonly Pick<BuildResult, 'id' | 'definition'>[];
  /** Why nothing can be built, as far as we can be sure without BuildKit. */
  readonly refusal?: string;
};

/** The open job that a build is defined in. */
export type DefineContext = {
  readonly gateway: Gateway;
  readonly info: GatewayPing;
  readonly sessionId: string;
  /** Asks in a job of its own on the session that has the folders of a name in {@link BuildInput.lent}. */
  readonly askLent?: <T>(name: string, ask: (gateway: Gateway) => Promise<T>) => Promise<T>;
  /** Frontend attributes besides the input's own: attestations, caches. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Whether somebody looks at the notes on where our own compiler differs; default: nobody. */
  readonly compared?: boolean;
  readonly signal: AbortSignal;
};

/** A build in which a step has failed, for whoever explains it. */
export type FailedBuild = {
  /** All that a step has printed, from a byte on, as far as it has come. */
  log(digest: string, from: number): { readonly text: string };
  /** What of it was printed to standard error. */
  errorLog(digest: string): string;
  /** Solves another definition in the same job. */
  solveDefinition(definition: ops.Definition): Promise<string>;
};

/** A build argument as the build sees it. */
export type BuildArgument = { readonly name: string; readonly value?: string };

/**
 * A piece of the text that a debugger can stand at (an instruction). It need not make an op: much
 * of a build only changes variables or the image's config.
 */
export type Statement = {
  /** Lines covered, both included, counted from 1. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** On one line, for showing. */
  readonly text: string;
};

/** Statements that run one after another (a stage). */
export type Section = {
  readonly id: string;
  readonly name: string;
  readonly statements: readonly Statement[];
  /** The section that this one goes on from. */
  readonly base?: string;
  /** Whether the build needs it at all. */
  readonly needed: boolean;
};

/** The statements of the file, whether they make ops or not. */
export type Outline = { readonly path: string; readonly sections: readonly Section[] };

/** What a command at some place of the text would run with, and what an image made there says. */
export type StatementContext = {
  readonly command: ExecOp;
  /** The image's config as BuildKit writes it: a JSON value. */
  readonly config: unknown;
};

/** How a variable gets another value: from outside, or by another text. */
export type Assignment =
  | { readonly kind: 'argument'; readonly name: string; readonly value: string }
  | { readonly kind: 'text'; readonly text: string }
  /** It cannot; the message is for the user. */
  | { readonly kind: 'refused'; readonly message: string };

export type BuildInput = {
  readonly kind: 'dockerfile' | 'derivation' | 'llb';
  /** The file that the user named; absolute. */
  readonly path: string;
  /** The text that is built: the editor's, where it was handed over. */
  readonly text: Uint8Array;
  /** Local source name → absolute folder. */
  readonly directories: Readonly<Record<string, string>>;
  /** Folders that are lent in sessions of their own, each by a name for the session. */
  readonly lent?: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Those of them that hold store paths of Nix. */
  readonly stored?: readonly string[];
  /** Further folders below such a name: what the first does not have is looked for there. */
  readonly further?: Readonly<Record<string, readonly string[]>>;
  readonly secrets: readonly SecretSource[];
  /** What BuildKit must allow, e.g. `network.host`. */
  readonly entitlements: readonly string[];
  /** The Dockerfile frontend's attributes; BuildKit's history and provenance show them. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** What {@link preview} would refuse, where that is known without compiling. */
  refusal?(): string | undefined;
  /** Our own compiler's view, with no BuildKit and no network. */
  preview(): Promise<Preview>;
  /**
   * The definition BuildKit will run.
   * @throws BuildkitError or BuildFailure with the text for the user when there is none
   */
  define(context: DefineContext): Promise<DefinedBuild>;
  /** Whether the build can go on after this error once it is defined again. */
  recover?(error: unknown): boolean;
  /** Why one of its steps failed, where it knows more than BuildKit says. */
  explain?(error: BuildkitError, build: FailedBuild): Promise<string>;
  /**
   * What the steps of the last definition have made, once they have run; for whoever looks at the graph.
   * @throws BuildkitError when that cannot be found out
   */
  measure?(): Promise<ReadonlyMap<Digest, readonly NodeOutput[]>>;
  /** The file behind a source of a definition, absolute; undefined for one that is no local file. */
  pathOfSource(filename: string): string | undefined;
  /** The statements of the text; undefined for a build whose steps are its ops. */
  outline(): Outline | undefined;
  /**
   * Environment, folder, user and config as they are once all of the text up to `line` has been
   * followed. Undefined where that cannot be told, or where nothing has begun yet.
   */
  contextAt(line: number): Promise<StatementContext | undefined>;
  /**
   * A word as the build would expand it: variables, quotes, defaults.
   * @throws Error with the reason when it cannot be expanded
   */
  expand(word: string, variables: ReadonlyMap<string, string>): string;
  /** How the variable `name`, as it is at `line`, is given another value. */
  assign(name: string, value: string, line: number): Assignment;
  /** `NAME=value` that an interactive shell in a step gets besides the step's own. */
  readonly shellVariables?: readonly string[];
  /** What can be given to the build from outside, with the values it has. */
  arguments(): Promise<readonly BuildArgument[]>;
};

/** The build cannot be made for a reason of its input; the message is for the user. */
export class BuildFailure extends Error {
  override readonly name = 'BuildFailure';
}
