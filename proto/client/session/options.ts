/** What a session lends to a build, and what the thread that runs it tells. Plain data: it crosses threads. */
import type { MessagePort } from 'node:worker_threads';
import type { BuilderAddress } from '../address';
import type { ConnectProblem } from '../connect-error';
import type { EngineAddress } from '../docker-engine';
import type { Listing } from '../fsutil/listing';
import type { SshSource } from './ssh/ssh-service';
import type { UploadSource } from './upload-service';

/** Where an exporter's files go. */
export type Destination =
  | { readonly kind: 'folder' | 'file'; readonly path: string }
  /** An archive, into our own standard output. */
  | { readonly kind: 'stdout' }
  /** An image archive, into the images of a Docker Engine. */
  | { readonly kind: 'docker'; readonly address: EngineAddress };

export type SecretValue =
  | { readonly id: string; readonly file: string }
  /** From an environment variable, read when the session starts. */
  | { readonly id: string; readonly value: string };

export type WorkerOptions = {
  readonly address: BuilderAddress;
  readonly id: string;
  readonly sharedKey: string;
  /** Local names and the directories they stand for; nothing else can be read. */
  readonly directories: Readonly<Record<string, string>>;
  /** Those of them that are stores of Nix: see `walk.ts`. */
  readonly stored?: readonly string[];
  /** Further folders below such a name: what the first does not have is looked for there. */
  readonly further?: Readonly<Record<string, readonly string[]>>;
  /** Whether each transfer of a directory is told with its listing. */
  readonly lists?: boolean;
  readonly secrets: readonly SecretValue[];
  /** By index of the exporter in `Control.solve`; `null` for exporters that send nothing here. */
  readonly outputs: readonly (Destination | null)[];
  readonly ssh: readonly SshSource[];
  /** Content stores (OCI layouts, local caches) by the id the daemon uses, and their folders. */
  readonly stores: Readonly<Record<string, string>>;
  /** Streams that the daemon may pull once, by id. */
  readonly uploads: Readonly<Record<string, UploadSource>>;
  /** Whether registry credentials may be read and credential helpers run. */
  readonly trusted: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly connectTimeout?: number;
};

/** How a daemon asks for a directory. */
export type SourceQuestion = {
  /** The local name. */
  readonly name: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly followPaths: readonly string[];
};

/** Something a session did or refused. */
export type SessionEvent =
  | {
      readonly type: 'transfer';
      /** The local name, or the destination. */
      readonly name: string;
      readonly direction: 'sent' | 'received';
      readonly bytes: number;
      readonly milliseconds: number;
    }
  /** What the daemon was offered of a directory, and which patterns it had asked with. */
  | ({ readonly type: 'listed'; readonly listing: Listing } & SourceQuestion)
  /** A request that was refused or failed; the daemon was told the same. */
  | { readonly type: 'refused'; readonly method: string; readonly message: string }
  /** A file that the local system cannot hold. */
  | { readonly type: 'skipped'; readonly path: string };

/** What a session's thread says of one session, on its port. */
export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'event'; readonly event: SessionEvent }
  | {
      readonly type: 'failed';
      readonly message: string;
      readonly problem?: { readonly kind: ConnectProblem; readonly detail: string };
    }
  | { readonly type: 'closed'; readonly reason: string };

/** Starts one more session in the thread. Anything said on its port ends it. */
export type ToWorker = { readonly options: WorkerOptions; readonly port: MessagePort };
