/**
 * What the builder service speaks: JSON-RPC on stdio, framed as LSP frames it.
 *
 * The service owns every BuildKit connection outside a build. Its caller says which builder it
 * means in each request (an address or a buildx name; absent for the default choice), because
 * workspace folders may use different ones. A request that fails for reasons of the user's (an image
 * that does not exist, a file that does not compile) answers with the error code
 * {@link ServiceError}, one that finds no builder with {@link NoBuilderError}; both with a message
 * made for people.
 */
import type { BuilderList, ListedBuilder } from '../../proto/client/builders/builder-list';
import type { BuilderInfo } from '../engine/builder/builder-info';
import type { NewBuilder } from '../engine/builder/buildx-command';
import type { PruneOptions, UsageItem, UsageOfType } from '../engine/builder/disk-usage';
import type { Attestation, BuildError } from '../engine/history/opened-build';
import type { HistoryRecord } from '../engine/history/record';
import type { HistoryChange } from '../engine/history/watch-history';
import type { ImageReport } from '../engine/image-files/image-report';
import type { LogPiece } from '../engine/progress/log-store';
import type {
  BuildGraph,
  GraphPatch,
  NodeDifference,
  NodePrediction,
  Reason,
} from '../../proto/model/build-graph';
import type { BuildProfile } from '../../proto/messages/build-profile';
import type { PastStep } from '../../proto/messages/language-server';
import type {
  BuildComparison,
  LayerChange,
  LayerEntry,
  PastRun,
  PredictionTotals,
} from '../../proto/messages/webview';

/** JSON-RPC error code of failures that are explained by their message. */
export const ServiceError = 1;
/** JSON-RPC error code when there is no BuildKit to ask; the message says what to do. */
export const NoBuilderError = 2;

export type BuilderRef = { readonly builder?: string };

export type BuilderState =
  | {
      readonly state: 'connected';
      /** How the builder is called where it was found: a buildx name, `BUILDKIT_HOST` … */
      readonly name: string;
      readonly address: string;
      /** BuildKit's version, where it tells one. */
      readonly version?: string;
      /** How it looks images up for a build that does not say: a part of the ops, so of all digests. */
      readonly imageResolveMode: 'default' | 'local';
    }
  | {
      readonly state: 'unavailable';
      readonly reason: string;
      /** What the user can do about it. */
      readonly remedy: string;
    };

/** A builder that can be chosen; `builder` is what to put into the setting `llbLens.builder`. */
export type BuilderEntry = ListedBuilder;

export type ImageParams = BuilderRef & {
  /** As FROM names it. */
  readonly ref: string;
  /** `linux/arm64/v8` */
  readonly platform: string;
  readonly imageResolveMode?: BuildProfile['imageResolveMode'];
};
export type ResolvedImage = {
  /** `sha256:…` of the manifest or index that the reference stands for. */
  readonly digest: string;
  /** The image config, as its JSON text. */
  readonly config: string;
  /** Bytes that it takes on the builder's disk; absent where the builder cannot tell. */
  readonly onDisk?: number;
};

/** A place of a build, or an image, whose files are looked into. */
export type LayerPlace = BuilderRef &
  (
    | {
        readonly kind: 'step';
        /** The file that was built and its text at that time. */
        readonly source: { readonly path: string; readonly text: string };
        readonly profile: BuildProfile;
        /** The neutral digest of the step. */
        readonly node: string;
        /** The files as they were before the step; there may have been none. */
        readonly before?: boolean;
      }
    | {
        readonly kind: 'image';
        /** As FROM names it. */
        readonly reference: string;
        /** `linux/arm64/v8`; default: the builder's own. */
        readonly platform?: string;
      }
  );
/** `path` is absolute inside the layer; `/` is its root. */
export type InLayer = { readonly layer: LayerPlace; readonly path: string };
/** What differs from `from`; default: from the files that the step began with. */
export type ChangesParams = { readonly layer: LayerPlace; readonly from?: LayerPlace };

/** A folder or file in the tree of changes. */
export type ChangedEntry = {
  readonly name: string;
  readonly path: string;
  /** Absent for a folder that is only on the way to changes. */
  readonly change?: LayerChange['change'];
  readonly before?: LayerEntry;
  readonly after?: LayerEntry;
  /** Of a folder that came or went as a whole: what is below it, where that is known. */
  readonly below?: LayerChange['below'];
  /** Changes below it. */
  readonly counts: {
    readonly added: number;
    readonly changed: number;
    readonly removed: number;
  };
};
export type ChangesLevel = { readonly entries: readonly ChangedEntry[]; readonly partial: boolean };
export type FoundFile = { readonly path: string; readonly entry: LayerEntry };

/** An image to look into layer by layer: by name, from an archive, or what a place of a build makes. */
export type ImageToInspect =
  | { readonly kind: 'layer'; readonly layer: LayerPlace; readonly name: string }
  | { readonly kind: 'archive'; readonly path: string };
/** `id` names it in requests about its layers, until so many others were looked into. */
export type InspectedImageBody = { readonly id: string; readonly report: ImageReport };

export type LayerFile = {
  /** Base64. */
  readonly data: string;
  /** The file's whole size in bytes; more than `data` holds when it was cut. */
  readonly size: number;
};

/** A builder looked at closely. */
export type BuilderDetails = BuilderInfo & {
  readonly name: string;
  /** Where the connection leads. */
  readonly address: string;
  /** The nodes of a builder of buildx. */
  readonly nodes: readonly { readonly name: string; readonly address: string }[];
};

/** Disk use; sizes in bytes. */
export type Usage = {
  readonly types: readonly UsageOfType[];
  readonly count: number;
  readonly size: number;
  readonly reclaimable: number;
};
export type PruneParams = BuilderRef & { readonly options: PruneOptions };
/** `records` are the largest ones; the figures are about all of them. */
export type PrunePreview = Usage & { readonly records: readonly UsageItem[] };
export type Pruned = { readonly count: number; readonly size: number };

export type BuildRef = BuilderRef & { readonly ref: string };
/** A build in a file of exported records; without `ref`, its first. */
export type BundledBuild = { readonly bundle: string; readonly ref?: string };
/** What is known of an opened build besides its graph. */
export type BuildFacts = {
  readonly record: HistoryRecord;
  readonly error?: BuildError;
  readonly attestations: readonly Attestation[];
};
export type OpenedBuildBody = BuildFacts & {
  /** Names the opened build in further requests and in notifications. */
  readonly id: string;
  readonly seq: number;
  readonly graph: BuildGraph;
};
export type OpenId = { readonly id: string };

/** A build that has not begun: a file, its text and how it is built. */
export type PlannedBuild = BuilderRef & {
  readonly source: { readonly path: string; readonly text: string };
  readonly profile: BuildProfile;
  /** A file that is edited and not saved: what would saving it make run? Absolute. */
  readonly edited?: string;
};
/** What would happen to a step, by its neutral digest. */
export type PredictedStep = { readonly node: string; readonly prediction: NodePrediction };
export type Predicted = {
  readonly steps: readonly PredictedStep[];
  readonly totals: PredictionTotals;
};
/** A step by its neutral digest, else by its name and group. */
export type StepName = { readonly node: string; readonly name: string; readonly group?: string };

/** Why a step of the last build differs from the build before, by its neutral digest. */
export type StepDifferenceBody = {
  readonly node: string;
  readonly kind: NodeDifference['kind'];
  readonly reasons: readonly Reason[];
  readonly root?: string;
};
export type Explained = {
  readonly steps: readonly StepDifferenceBody[];
  /** The whole; its nodes are neutral digests. */
  readonly comparison: BuildComparison;
};

/** Ids of builds, as the builder's history has them. */
export type ComparedBuilds = { readonly earlier: string; readonly later: string };
/** The id of a build that what is in the editor is compared with. */
export type ComparedWithNow = { readonly earlier: string; readonly later?: undefined };

export type RememberedBuild = {
  /** As the builder's history has it. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly finished: number;
  readonly outcome: 'succeeded' | 'failed' | 'cancelled';
  /** Steps that ran and steps from the cache. */
  readonly ran: number;
  readonly cached: number;
};

export type EmptyParams = Readonly<Record<string, never>>;

/** Parameters and result of every request, by method. */
export type ServiceRequests = {
  'builder/state': { params: BuilderRef; result: BuilderState };
  'builder/list': { params: EmptyParams; result: BuilderList };
  'image/resolve': { params: ImageParams; result: ResolvedImage };
  'builder/info': { params: BuilderRef; result: BuilderDetails };
  'builder/usage': { params: BuilderRef; result: Usage };
  'builder/prunePreview': { params: PruneParams; result: PrunePreview };
  /** Cancellable; `token` names it in {@link PruneNotification}. */
  'builder/prune': { params: PruneParams & { readonly token: string }; result: Pruned };
  'builder/create': { params: NewBuilder; result: null };
  'builder/remove': { params: { readonly name: string }; result: null };
  /** From now on {@link HistoryChangedNotification} tells of this builder's builds. */
  'history/watch': { params: BuilderRef; result: null };
  'history/unwatch': { params: BuilderRef; result: null };
  'history/open': { params: BuildRef | BundledBuild; result: OpenedBuildBody };
  /** The builds in a file of exported records (`.dockerbuild`). @param bundle its path */
  'history/bundle': {
    params: { readonly bundle: string };
    result: readonly HistoryRecord[];
  };
  'history/close': { params: OpenId; result: null };
  /** Log text of a step from a byte offset on. */
  'history/log': {
    params: OpenId & { readonly digest: string; readonly from: number };
    result: LogPiece;
  };
  /** All of a step's op as JSON, where the record has it. */
  'history/op': {
    params: OpenId & { readonly digest: string };
    result: { readonly json?: string };
  };
  /** The log of the whole build as plain progress. */
  'history/plainLog': { params: OpenId; result: { readonly text: string } };
  /** A text that the record carries, by its index among the graph's sources. */
  'history/source': {
    params: (BuildRef | BundledBuild) & { readonly index: number };
    result: { readonly text: string };
  };
  'history/attestation': {
    params: OpenId & { readonly digest: string };
    result: { readonly text: string };
  };
  'history/delete': { params: BuildRef; result: null };
  'history/pin': { params: BuildRef & { readonly pinned: boolean }; result: null };
  /** Writes Docker's own bundle to `path`. */
  'history/export': { params: BuildRef & { readonly path: string }; result: null };
  'layer/readDir': { params: InLayer; result: readonly LayerEntry[] };
  /** Null when there is nothing at the path. */
  'layer/stat': { params: InLayer; result: LayerEntry | null };
  'layer/readFile': { params: InLayer; result: LayerFile };
  /** All differences; added and removed folders stand for what is below them. */
  'layer/changes': {
    params: ChangesParams;
    result: { readonly changes: readonly LayerChange[]; readonly partial: boolean };
  };
  /** One level of the tree of differences. */
  'layer/changesIn': { params: ChangesParams & { readonly path: string }; result: ChangesLevel };
  /** By a part of the path or a pattern with `*`; `count` is of all. */
  'layer/search': {
    params: { readonly layer: LayerPlace; readonly pattern: string; readonly limit: number };
    result: { readonly found: readonly FoundFile[]; readonly count: number };
  };
  /** Writes a file, or a folder as a tar archive, to `target` on this machine. */
  'layer/save': { params: InLayer & { readonly target: string }; result: null };
  /** Writes what the step changed to `target`, as an image's layer: a tar archive. */
  'layer/saveChanges': {
    params: { readonly layer: LayerPlace; readonly target: string };
    result: null;
  };
  /** Cancellable. */
  'image/inspect': { params: ImageToInspect; result: InspectedImageBody };
  /** One level of what a layer of an inspected image did to those below it. */
  'image/changesIn': {
    params: { readonly id: string; readonly layer: number; readonly path: string };
    result: ChangesLevel;
  };
  /** What a build would do now; nothing runs. */
  'record/predict': { params: PlannedBuild; result: Predicted };
  /** How a step went in the builds of the past, the newest first. */
  'record/times': {
    params: { readonly file: string; readonly step: StepName };
    result: readonly PastRun[];
  };
  /** How the steps of a file went in its last build; sizes where the builder can be asked. */
  'record/steps': {
    params: BuilderRef & { readonly file: string };
    result: readonly PastStep[];
  };
  /** The remembered builds of a file, the newest first. */
  'record/builds': {
    params: { readonly file: string };
    result: readonly RememberedBuild[];
  };
  /** The file of a remembered build; null where it is not remembered. @param id its id */
  'record/fileOf': { params: { readonly id: string }; result: { readonly file: string } | null };
  /** Why the steps of a file's last build ran, or what differs between any two builds, by id. */
  'record/why': {
    params: {
      readonly file: string;
      readonly builds?: ComparedBuilds;
    };
    result: Explained;
  };
  /** How what would be built now differs from a remembered build. @param earlier its id */
  'record/compareWithNow': {
    params: PlannedBuild & ComparedWithNow;
    result: Explained;
  };
};
export type ServiceMethod = keyof ServiceRequests;

/** Sent by the service when a connection came or went; no parameters. */
export const BuilderChangedNotification = 'builder/changed';

/**
 * Builds would do other things now, as far as the service knows: one was remembered by any process,
 * or a builder was pruned from here; no parameters.
 */
export const OutlookChangedNotification = 'record/changed';

/** A builder's builds came, went or changed; `builder` is as {@link BuilderRef} had it, else empty. */
export const HistoryChangedNotification = 'history/changed';
export type HistoryChanged = { readonly builder: string } & HistoryChange;
/** The graph of an opened build that still runs moved on. */
export const HistoryPatchNotification = 'history/patch';
export type HistoryPatch = OpenId & { readonly seq: number; readonly patch: GraphPatch };
/** An opened build is over; what is known of it now. */
export const HistoryEndedNotification = 'history/ended';
export type HistoryEnded = OpenId & BuildFacts;
/** How far a prune has come. */
export const PruneNotification = 'builder/pruned';
export type PruneProgress = { readonly token: string } & Pruned;
