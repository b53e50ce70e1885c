/**
 * What is built, behind one small interface. The engine, the debug adapter and the graph know only
 * this; a Dockerfile and a derivation are its two kinds.
 */
import type { SecretSource } from '../../proto/messages/build-profile';
import type { Gateway, GatewayPing } from '../../proto/client/gateway';
import type { GraphGroup } from '../../proto/model/build-graph';
import type { Definition } from '../../proto/model/definition';
import type { Digest } from '../../proto/model/digest';
import type { ExecOp } from '../../proto/model/op';
import type { Step } from './steps';

/** One result of a build; several when it is made for several platforms. */
export type BuildResult = {
  /** `linux/arm64` in a multi-platform build, else empty. */
  readonly id: string;
  readonly definition: Definition;
  /** The gateway's name for the result where a frontend made it; it may be lazy. */
  readonly ref?: string;
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
  /** Empty when the text does not compile. */
  readonly definitions: readonly Definition[];
  /** Why nothing can be built, as far as we can be sure without BuildKit. */
  readonly refusal?: string;
};

/** The open job that a build is defined in. */
export type DefineContext = {
  readonly gateway: Gateway;
  readonly info: GatewayPing;
  readonly sessionId: string;
  /** Frontend attributes besides the input's own: attestations, caches. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
};

/** A build argument as the build sees it. */
export type BuildArgument = { readonly name: string; readonly value?: string };

export type BuildInput = {
  readonly kind: 'dockerfile' | 'derivation';
  /** The file that the user named; absolute. */
  readonly path: string;
  /** The text that is built: the editor's, where it was handed over. */
  readonly text: Uint8Array;
  /** Local source name → absolute folder. */
  readonly directories: Readonly<Record<string, string>>;
  readonly secrets: readonly SecretSource[];
  /** What BuildKit must allow, e.g. `network.host`. */
  readonly entitlements: readonly string[];
  /** The Dockerfile frontend's attributes; BuildKit's history and provenance show them. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Our own compiler's view, with no BuildKit and no network. */
  preview(): Promise<Preview>;
  /**
   * The definition BuildKit will run.
   * @throws BuildkitError or BuildFailure with the text for the user when there is none
   */
  define(context: DefineContext): Promise<DefinedBuild>;
  /** The file behind a source of a definition, absolute; undefined for one that is no local file. */
  pathOfSource(filename: string): string | undefined;
  /**
   * The command that a step without one of its own stands for: environment, folder and user as a
   * command at its place would have them. Undefined when that cannot be told.
   */
  commandAt(step: Step): Promise<ExecOp | undefined>;
  /** `NAME=value` that an interactive shell in a step gets besides the step's own. */
  readonly shellVariables?: readonly string[];
  /** What can be given to the build from outside, with the values it has. */
  arguments(): Promise<readonly BuildArgument[]>;
};

/** The build cannot be made for a reason of its input; the message is for the user. */
export class BuildFailure extends Error {
  override readonly name = 'BuildFailure';
}
