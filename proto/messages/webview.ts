/**
 * Messages between the extension host and the graph webview. Every message carries the protocol
 * version `v`; both sides validate what they receive.
 */
import type { BuildGraph, GraphPatch, NodeId, Reason } from '../model/build-graph';
import type { OpMetadataBody } from './op-metadata';

export const WEBVIEW_PROTOCOL = 1;

/** A directory entry of a layer, one level at a time. */
export type LayerEntry = {
  readonly name: string;
  readonly kind: 'directory' | 'file' | 'symlink' | 'other';
  /** Unix permission bits. */
  readonly mode: number;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  readonly linkTarget?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Another name of the same file, absolute. */
  readonly hardLink?: string;
};

/** What a step did to one path; an added or removed directory stands for all below it. */
export type LayerChange = {
  readonly path: string;
  readonly change: 'added' | 'changed' | 'removed';
  readonly before?: LayerEntry;
  readonly after?: LayerEntry;
  /** Of a directory that came or went: what is below it, where that is known. */
  readonly below?: { readonly files: number; readonly bytes: number };
};

/** How a step went in one build of the past. */
export type PastRun = {
  /** Milliseconds since the epoch. */
  readonly finished: number;
  readonly state: 'done' | 'cached' | 'failed';
  /** Milliseconds that it ran. */
  readonly duration?: number;
};

/** What a build would do now, in figures. */
export type PredictionTotals = {
  readonly cached: number;
  readonly run: number;
  readonly unknown: number;
  /** Milliseconds that what would run took when it last did, as far as it is known. */
  readonly duration?: number;
  /** What saving the file that is being edited adds to what would run. */
  readonly saving?: SavingHint;
};

export type SavingHint = {
  /** As people call it. */
  readonly file: string;
  /** Steps that would run because of it. */
  readonly run: number;
  /** Milliseconds that they took when they last ran, as far as it is known. */
  readonly duration?: number;
};

/** A step that differs between two builds for itself, and what differs because of it. */
export type ComparedCause = {
  readonly step: ComparedStep;
  /** `unexplained`: it ran, though nothing that is known of it differs. */
  readonly kind: 'added' | 'changed' | 'unexplained';
  readonly reasons: readonly Reason[];
  readonly affected: readonly ComparedStep[];
  /** Milliseconds that it and what it affected ran in the later build; in the earlier, if that is the only one. */
  readonly duration: number;
};
/** `node` is a neutral digest where services speak, and a node's id on the page, if it is shown. */
export type ComparedStep = { readonly node?: string; readonly name: string };

/** Two builds of a file side by side, or one and what the file would build now. */
export type BuildComparison = {
  /** When they were over, in milliseconds since the epoch. */
  readonly earlier: number;
  /** Absent for what is in the editor and has not been built. */
  readonly later?: number;
  /** In the order of the later build. */
  readonly causes: readonly ComparedCause[];
  /** The names of steps that are no more. */
  readonly removed: readonly string[];
  /** How many steps of the later build came from the cache, or would come from it. */
  readonly cached: number;
};

/** What the graph's file and builder are, for the header and for empty states. */
export type ViewContext = {
  readonly title: string;
  readonly uri: string;
  readonly trusted: boolean;
  /** A build to look at only: there is nothing to build or debug. */
  readonly lookOnly?: boolean;
  readonly builder: {
    readonly state: 'unknown' | 'connected' | 'unavailable';
    readonly text: string;
  };
  readonly build: {
    readonly state: 'none' | 'running' | 'stopped' | 'succeeded' | 'failed' | 'cancelled';
    readonly text: string;
  };
  readonly prediction?: PredictionTotals;
  /** Once it was asked why steps ran. */
  readonly comparison?: BuildComparison;
};

export type ToWebview = { readonly v: number } & (
  | {
      readonly type: 'snapshot';
      readonly version: number;
      readonly graph: BuildGraph;
      readonly context: ViewContext;
    }
  | {
      readonly type: 'patch';
      readonly base: number;
      readonly version: number;
      readonly patch: GraphPatch;
    }
  | { readonly type: 'context'; readonly context: ViewContext }
  | { readonly type: 'select'; readonly node: NodeId | null; readonly reveal: boolean }
  | {
      readonly type: 'log';
      readonly node: NodeId;
      readonly from: number;
      readonly text: string;
      readonly next: number;
    }
  | { readonly type: 'logError'; readonly node: NodeId; readonly message: string }
  | {
      readonly type: 'layer';
      readonly node: NodeId;
      readonly path: string;
      readonly entries: readonly LayerEntry[];
    }
  | {
      readonly type: 'layerError';
      readonly node: NodeId;
      readonly path: string;
      readonly message: string;
    }
  | {
      readonly type: 'changes';
      readonly node: NodeId;
      /** Sorted by path. */
      readonly changes: readonly LayerChange[];
      /** There is more than was read. */
      readonly partial: boolean;
    }
  | { readonly type: 'changesError'; readonly node: NodeId; readonly message: string }
  /** All of a step's operation, as indented JSON, and what its definition says about it, if it does. */
  | {
      readonly type: 'op';
      readonly node: NodeId;
      readonly json: string;
      readonly metadata?: OpMetadataBody;
    }
  | { readonly type: 'opError'; readonly node: NodeId; readonly message: string }
  /** The newest first. */
  | { readonly type: 'times'; readonly node: NodeId; readonly runs: readonly PastRun[] }
);

/** The files that the page makes of what it shows; the name is the file's extension. */
export const saveFormats = ['svg', 'png', 'html', 'json', 'dot', 'mmd'] as const;
export type SaveFormat = (typeof saveFormats)[number];

/** What the header's buttons and the notices ask the host to do. */
export const webviewCommands = [
  'build',
  'debug',
  'stop',
  'selectBuilder',
  'manageTrust',
  'whyMissed',
  'compareBuilds',
] as const;
export type WebviewCommand = (typeof webviewCommands)[number];

/**
 * What can be done with one step: a shell in it, a build that stops before it, a breakpoint on it or
 * none any more, its stage alone, why it ran.
 */
export const stepActs = ['shell', 'debug', 'breakpoint', 'stage', 'why'] as const;
export type StepAct = (typeof stepActs)[number];

export type FromWebview = { readonly v: number } & (
  | { readonly type: 'ready' }
  | { readonly type: 'resync' }
  | { readonly type: 'select'; readonly node: NodeId | null; readonly openSource: boolean }
  | { readonly type: 'readLog'; readonly node: NodeId; readonly from: number }
  | { readonly type: 'readLayer'; readonly node: NodeId; readonly path: string }
  | { readonly type: 'openFile'; readonly node: NodeId; readonly path: string }
  | { readonly type: 'readChanges'; readonly node: NodeId }
  | { readonly type: 'readTimes'; readonly node: NodeId }
  | { readonly type: 'readOp'; readonly node: NodeId }
  /** Files, or builds of the history, were dropped onto the page. */
  | { readonly type: 'drop'; readonly uris: readonly string[] }
  /** A file as it was before the step beside how it is after it. */
  | { readonly type: 'openDiff'; readonly node: NodeId; readonly path: string }
  /** A file onto the user's disk. */
  | { readonly type: 'saveFile'; readonly node: NodeId; readonly path: string }
  | { readonly type: 'copy'; readonly text: string }
  /** What is drawn, as a file; `data` is text, or base64 for the formats that are bytes. */
  | { readonly type: 'save'; readonly format: SaveFormat; readonly data: string }
  | { readonly type: 'command'; readonly command: WebviewCommand }
  | { readonly type: 'step'; readonly node: NodeId; readonly act: StepAct }
);

/** Handed to the webview's script at start, as JSON in a data attribute of its body. */
export type WebviewBoot = {
  /** URIs that `fetch` can read under the page's CSP. */
  readonly layoutWorker: string;
  /** elkjs' own worker file, unmodified. */
  readonly layoutEngine: string;
  /** Texts by key of `webviewStrings`; a key that is missing shows the English text. */
  readonly strings: Readonly<Record<string, string>>;
};
