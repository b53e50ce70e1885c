/** What our language server says beyond LSP: the graph request and its patches. */
import type { BuildGraph, GraphPatch } from '../model/build-graph';
import type { BuildProfile } from './build-profile';
import type { OpMetadataBody } from './op-metadata';

export const GraphRequest = 'llb/graph';
export const GraphPatchNotification = 'llb/graphPatch';

export type GraphRequestParams = { readonly uri: string; readonly profile?: BuildProfile };
export type GraphResult = {
  readonly documentVersion: number;
  readonly graphVersion: number;
  readonly graph: BuildGraph;
};

/** Sent to a client that asked for the graph of `uri`; one that misses `base` asks again. */
export type GraphPatchParams = {
  readonly uri: string;
  readonly documentVersion: number;
  readonly base: number;
  readonly graphVersion: number;
  readonly patch: GraphPatch;
};

/** The client no longer shows the graph of `uri`, of either kind; nothing is kept or sent for it. */
export const GraphCloseNotification = 'llb/graphClose';
export type GraphCloseParams = { readonly uri: string };

/**
 * The graph of a file of marshalled LLB, which is no document: the client reads its bytes, and asks
 * again when they are others.
 */
export const DefinitionGraphRequest = 'llb/definitionGraph';
/** `data` is base64. */
export type DefinitionGraphParams = { readonly uri: string; readonly data: string };
export type DefinitionGraphResult = { readonly graph: BuildGraph };

/** All of one operation of a graph, by the neutral digest of its node. */
export const OpRequest = 'llb/op';
/** Of a file whose graph was asked for and not closed since. */
export type OpParams = { readonly uri: string; readonly node: string };
/** Empty where the graph has no such op. */
export type OpResult = {
  /** Indented, as protobuf writes it. */
  readonly json?: string;
  readonly metadata?: OpMetadataBody;
};

/** What can be built from a file, for choosing a target. */
export const TargetsRequest = 'llb/targets';
export type TargetsParams = { readonly uri: string };
export type BuildTarget = {
  readonly name: string;
  /** What it starts from, e.g. `FROM golang:1.23`. */
  readonly description: string;
  /** The one that is built when none is chosen. */
  readonly isDefault: boolean;
  /** Where it begins; counted from 1. Absent for one that is a file of its own. */
  readonly line?: number;
};
export type TargetsResult = readonly BuildTarget[];

/** A file in a form for people, where its own is none: a derivation as YAML. */
export const ReadableRequest = 'llb/readable';
export type ReadableParams = { readonly uri: string };
/** Without a text the file cannot be read. */
export type ReadableResult = { readonly text?: string };

/** What a Bake or Compose file builds. */
export const ComposedBuildsRequest = 'llb/composedBuilds';
export type ComposedBuildsParams = { readonly uri: string };
export type ComposedBuild = {
  readonly name: string;
  /** Where it is described; counted from 1. */
  readonly line: number;
  /** The URI of its Dockerfile. */
  readonly dockerfile: string;
  /** The URI of its context's folder. */
  readonly context: string;
  readonly target?: string;
  /** Those whose values the file tells. */
  readonly buildArgs: Readonly<Record<string, string>>;
};
export type ComposedBuildsResult = readonly ComposedBuild[];

/** Asked of the client, which passes it to a builder where there is one and the workspace is trusted. */
export const DaemonResolveImageRequest = 'llb/daemonResolveImage';
export type DaemonResolveImageParams = {
  /** The file that names the image. */
  readonly uri: string;
  readonly ref: string;
  /** `linux/arm64/v8` */
  readonly platform: string;
  /** Docker's own builder is asked for `local`: an image in its store counts before a newer one. */
  readonly mode: 'default' | 'pull' | 'local';
};
export type DaemonResolveImageResult =
  | {
      readonly outcome: 'resolved';
      readonly digest: string;
      readonly config: string;
      /** Bytes that the image takes on the builder's disk; absent where the builder cannot tell. */
      readonly onDisk?: number;
    }
  /** No builder may or can be asked; try again when that changes. */
  | { readonly outcome: 'offline' }
  | { readonly outcome: 'failed'; readonly message: string };

/**
 * What may be sent to registries: nothing, questions about images that a file names, or searches
 * for names and tags too.
 */
export const networkUses = ['off', 'named', 'search'] as const;
export type NetworkUse = (typeof networkUses)[number];

/** What a document's workspace permits; without trust no network is used and no helper runs. */
export type NetworkAccess = { readonly network: NetworkUse; readonly trusted: boolean };

/**
 * Sent by a client that knows of trust, at the start and on each change. A client that passes
 * questions to a builder is such a client: until it has spoken, no network is used.
 */
export const AccessNotification = 'llb/access';
export type AccessParams = NetworkAccess;

/**
 * Files, asked of the client by a server that has no file system of its own: one in a browser. What
 * is not there, or cannot be read, has no text and no entries.
 */
export const ReadTextRequest = 'llb/readText';
export type ReadTextParams = { readonly uri: string };
export type ReadTextResult = { readonly text: string | null };

export const ListFolderRequest = 'llb/listFolder';
export type ListFolderParams = { readonly uri: string };
export type ListFolderResult = {
  readonly entries: readonly { readonly name: string; readonly isFolder: boolean }[];
};

/**
 * How the steps of a file went in the builds that are remembered; asked of a client that keeps
 * records (`records` in its `initializationOptions`).
 */
export const PastStepsRequest = 'llb/pastSteps';
export type PastStepsParams = { readonly uri: string };
export type PastStep = {
  /** The step's neutral digest. */
  readonly node: string;
  /** Its name and its stage, by which it is known again after an edit above it. */
  readonly name: string;
  readonly group?: string;
  /** In the last build of the file. */
  readonly state: 'done' | 'cached' | 'failed';
  /** When that build ended; milliseconds since the epoch. */
  readonly finished: number;
  /** How long it took when it ran last, be it in an older build; milliseconds. */
  readonly duration?: number;
  /** What it added to the file system, as far as the builder still has it; bytes. */
  readonly size?: number;
};
export type PastStepsResult = readonly PastStep[];

/** Sent by such a client after a build of `uri`. */
export const PastStepsChangedNotification = 'llb/pastStepsChanged';
export type PastStepsChangedParams = { readonly uri: string };

/**
 * Sent by a client that lets its user choose how a file is built, at each choice and for each choice
 * that the server does not know yet: what is resolved in the file is resolved with these arguments,
 * and its paths are those of this context, as profiles name it (without one: the file's own folder).
 */
export const BuildArgumentsNotification = 'llb/buildArguments';
export type BuildArgumentsParams = { readonly uri: string } & ChosenBuild;
export type ChosenBuild = Required<Pick<BuildProfile, 'buildArgs'>> & Pick<BuildProfile, 'context'>;
export type BuildArguments = NonNullable<BuildProfile['buildArgs']>;
