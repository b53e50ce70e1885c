/** What our debug adapter says beyond DAP (type `buildkit`). */
import type { BuildGraph, GraphPatch } from '../model/build-graph';
import type { BuildProfile } from './build-profile';

/** Launch attributes: the build profile and how to debug it. */
export type LaunchAttributes = BuildProfile & {
  readonly noDebug?: boolean;
  readonly stopOnEntry?: boolean;
  /** A `.drv` file to build instead of a Dockerfile. */
  readonly derivation?: string;
  readonly installables?: readonly string[];
  /** Binary caches of Nix (file, http or https) that are asked before a derivation is built. */
  readonly substituters?: readonly string[];
  /** Keys that must have signed what these say, as Nix writes them. */
  readonly trustedPublicKeys?: readonly string[];
  /** False takes what nobody signed. */
  readonly requireSignatures?: boolean;
  /** An image with a static busybox, for shells where an image has none. */
  readonly tools?: string;
  /** A folder with one, in place of the image. */
  readonly toolsFolder?: string;
  /** Where in the tools image the `/bin/sh` of derivations is, linked statically; default: its busybox. */
  readonly sandboxShell?: string;
  /** An image with Nix, which evaluates installables on the builder; default: this machine's Nix. */
  readonly nixImage?: string;
  /** Stops once at this line of the file, as "run to here" does. */
  readonly stopAt?: number;
  /** Opens a shell at the line of `stopAt`, else at the end of the target, and stops there. */
  readonly openShell?: boolean;
  /** Builds that contexts name as `target:NAME`. */
  readonly targets?: Readonly<Record<string, LaunchAttributes>>;
  /** A target of a Bake file, whose settings are then used. */
  readonly bake?: BakeSource;
  /** A build of the past to do again, by its id in BuildKit's history. */
  readonly history?: string;
};

/** Where a Bake target is described; no files means those that Bake finds by itself. */
export type BakeSource = { readonly target: string; readonly files?: readonly string[] };

export const GraphEvent = 'llb.graph';
export const PatchEvent = 'llb.patch';
export const EndEvent = 'llb.end';
export const PositionEvent = 'llb.position';
export const LogRequest = 'llb/log';
/** Keeps the session from ending before the client has read the logs: see {@link HoldArguments}. */
export const HoldRequest = 'llb/hold';
export const SourceRequest = 'llb/source';
export const ShellRequest = 'llb/shell';
/** The client opens shells itself: it is told of each by {@link ShellEvent}, not asked to run a program. */
export const OwnTerminalsRequest = 'llb/ownTerminals';
export const ShellEvent = 'llb.shell';

export type GraphEventBody = {
  readonly buildId: string;
  readonly seq: number;
  readonly graph: BuildGraph;
  /** The source text this graph was made from: its path, editor version if known, and sha256. */
  readonly source: { readonly path: string; readonly version?: number; readonly hash: string };
};
/** At most ten a second, batched; `seq` goes up by one with each. */
export type PatchEventBody = {
  readonly buildId: string;
  readonly seq: number;
  readonly patch: GraphPatch;
};
export type EndEventBody = {
  readonly buildId: string;
  readonly outcome: 'succeeded' | 'failed' | 'cancelled';
  readonly message?: string;
  /** What BuildKit has warned of; failures are in the graph. */
  readonly warnings?: readonly BuildWarningBody[];
};
export type BuildWarningBody = {
  /** BuildKit's words, e.g. `FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)`. */
  readonly text: string;
  /** Where it is explained; may be empty. */
  readonly url: string;
  /** The file as the definition names it; empty where the warning has no place. */
  readonly filename: string;
  /** From 1. */
  readonly lines: readonly number[];
};

/** Where the threads of a debug session are; sent whenever one of them stops or goes on. */
export type PositionEventBody = {
  readonly buildId: string;
  readonly threads: readonly {
    readonly id: number;
    readonly name: string;
    readonly state: 'held' | 'running' | 'waiting' | 'stopped' | 'finished';
    /** The vertex stood at; that of the next step where the statement makes none. */
    readonly digest?: string;
    readonly line?: number;
  }[];
};

/** True from the build's graph on; false once everything that is wanted has been read. */
export type HoldArguments = { readonly hold: boolean };

/** Logs are fetched, not broadcast. `from` is a byte offset. */
export type LogArguments = { readonly digest: string; readonly from: number };
export type LogResponseBody = { readonly text: string; readonly next: number };

/** Unsaved text of the file to be built; sent before `launch` or while stopped. */
export type SourceArguments = {
  readonly path: string;
  readonly text: string;
  readonly version: number;
};

/** A shell is offered to whoever reads the link file first; the file names a private socket. */
export type ShellEventBody = { readonly title: string; readonly linkFile: string };

/** Opens a shell: in the step of a vertex (`digest` of the graph's node), else where a thread stands. */
export type ShellArguments = { readonly digest?: string; readonly threadId?: number };
