/** What a job is made of, what it tells while it goes, and how it ends. */
import type { Connection } from '../../../proto/client/connect';
import type { Session } from '../../../proto/client/session/start';
import type { StatusResponse } from '../../../proto/generated/control';
import type { BuildGraph, GraphPatch } from '../../../proto/model/build-graph';
import type { BuildInput, DefinedBuild } from '../input/build-input';
import type { SentListings } from '../records/sent-listings';
import type { BuildRequest } from '../request/build-request';

export type JobEvents = {
  /**
   * The whole graph, once a definition; patches follow. Where nobody listens, none is made before
   * the end.
   */
  graph?(graph: BuildGraph, of: { readonly id: string; readonly input: BuildInput }): void;
  /** Each definition, for those who make a graph of several builds. */
  defined?(build: DefinedBuild, of: { readonly id: string; readonly input: BuildInput }): void;
  /** Never more than ten a second, except for the last of a build. @param id the build's */
  patch?(patch: GraphPatch, id: string): void;
  /** Whole lines of plain progress; only notes where `status` is there. */
  output(text: string): void;
  /** Every message as it comes, for those who show progress in their own way. */
  status?(response: StatusResponse): void;
  /** The job is over though nobody ended it: BuildKit, or the way to it, is gone. */
  lost?(error: unknown): void;
};

export type BuildEnd = {
  /** BuildKit's history knows the build by this. */
  readonly buildId: string;
  readonly outcome: 'succeeded' | 'failed' | 'cancelled';
  readonly message?: string;
  /** What the exporters answer, e.g. `containerimage.digest`. */
  readonly exported: ReadonlyMap<string, string>;
  /** What a build failed with while its result was made and exported. */
  readonly error?: unknown;
};

/** What a job needs from outside; {@link startJob} in `start-job.ts` gets it together. */
export type JobParts = {
  readonly connection: Connection;
  readonly session: Session;
  /** Ids of those that have what the input lends besides, by its names for them. */
  readonly lent: ReadonlyMap<string, string>;
  /** What the session has sent so far. */
  readonly sent: SentListings;
  readonly input: BuildInput;
  /** Closes the session and the connection once no job uses them any more. */
  readonly release: () => Promise<void>;
  /** Takes one more job in, which then releases too. */
  readonly share: () => void;
  /** What the profile asks besides the file itself. */
  readonly request: Pick<BuildRequest, 'solve' | 'attributes' | 'finish'>;
  /** What else is to be told beside the exporters' answers, once the build is over. */
  readonly afterwards?: (buildId: string) => Promise<ReadonlyMap<string, string>>;
  readonly events: JobEvents;
};
