/**
 * BuildGraph: the one model that editor, webview, debug adapter and CLI share.
 *
 * Plain JSON-able data. A static graph comes from a Definition, a live one from a status stream.
 * Nothing here knows of Dockerfiles: a group is a stage, a target or a derivation's role.
 */
import type { SourceRange } from './definition';
import type { Digest } from './digest';

/** Stable across edits: carried from one graph to the next by alignment inside a group. */
export type NodeId = string;
export type GroupId = string;

export const nodeKinds = [
  'image',
  'local',
  'git',
  'http',
  'oci-layout',
  'exec',
  'file',
  'merge',
  'diff',
  'build',
  'unknown',
] as const;
export type NodeKind = (typeof nodeKinds)[number];

/** How a node uses an input: its root file system, files copied from it, or a mount. */
export type EdgeKind = 'input' | 'copy' | 'mount';

export type GraphInput = {
  readonly node: NodeId;
  readonly kind: EdgeKind;
  /** The mount target or copy source, where there is one. */
  readonly label?: string;
};

/** Where a node stands in a source text. `source` indexes {@link BuildGraph.sources}. */
export type NodeRange = { readonly source: number } & SourceRange;

/** A line of an op's details, ready to show; values are untrusted text. */
export type OpDetail = { readonly label: string; readonly value: string };

export type GraphNode = {
  readonly id: NodeId;
  /** sha256 of the op's bytes; joins with the status stream of the very same definition. */
  readonly digest: Digest;
  /** The digest with session ids zeroed, equal in every session; joins across builds. */
  readonly neutralDigest: Digest;
  readonly kind: NodeKind;
  /** The vertex name without its `[stage 1/2]` prefix. */
  readonly name: string;
  /** The vertex name as BuildKit shows it. */
  readonly fullName: string;
  readonly group?: GroupId;
  readonly platform?: string;
  readonly inputs: readonly GraphInput[];
  readonly ranges: readonly NodeRange[];
  readonly details: readonly OpDetail[];
  /** Housekeeping of a frontend (`[internal] …`). */
  readonly internal: boolean;
  /** True when a resolution behind this node (an image digest) is a guess made offline. */
  readonly uncertain: boolean;
};

export type GraphGroup = {
  readonly id: GroupId;
  readonly name: string;
  readonly kind: 'stage' | 'target' | 'role';
};

export const nodeStates = [
  'unknown',
  'predicted-cached',
  'predicted-run',
  'queued',
  'running',
  'cached',
  'done',
  'failed',
  'cancelled',
] as const;
export type NodeState = (typeof nodeStates)[number];

/** One moving part of a running vertex, such as a layer being pulled. */
export type NodeProgress = {
  readonly id: string;
  readonly name: string;
  /** Bytes (or items) so far, and in all when known (0 otherwise). */
  readonly current: number;
  readonly total: number;
  readonly completed: boolean;
};

/** Why a node runs, or differs from its counterpart in another build, in words of the page's. */
export type Reason = {
  /** What it is told by; `webviewStrings` has the words, by `reason.` and this. */
  readonly kind: ReasonKind;
  /** What stands in them: names, paths, values; untrusted text. */
  readonly values: readonly string[];
};
export const reasonKinds = [
  'new',
  'rests',
  'uses.gone',
  'uses.new',
  'uses.instead',
  'fact.new',
  'fact.gone',
  'fact.changed',
  'file.new',
  'file.gone',
  'file.changed',
  'file.unsettled',
  'file.mode',
  'file.more',
  'link.gone',
  'link.new',
  'link.changed',
  'failed',
  'unexplained',
  'noCache',
  'notKept',
  'neverBuilt',
  'imported',
  'needsRunning',
  'filesUnknown',
] as const;
export type ReasonKind = (typeof reasonKinds)[number];

/** What would happen to a node if the file were built now. */
export type NodePrediction = {
  /** `unknown` where nothing is kept of it: another client built it, or the cache was pruned. */
  readonly outcome: 'cached' | 'run' | 'unknown';
  /** Milliseconds it took when it last ran. */
  readonly duration?: number;
  readonly reasons?: readonly Reason[];
  /** It runs only once a file is saved that is being edited. */
  readonly onSave?: boolean;
};

/** How a node differs from that of the build before. */
export type NodeDifference = {
  /** `affected`: it is the same, but something that it needs is not. */
  readonly kind: 'added' | 'changed' | 'affected';
  readonly reasons: readonly Reason[];
  /** The first node upstream that differs for itself; absent on such a node. */
  readonly root?: NodeId;
};

/** What a step has made, under a name of its own, e.g. an output of a derivation. */
export type NodeOutput = {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
};

/** What BuildKit warns of at a step or at its lines. */
export type NodeWarning = {
  readonly text: string;
  /** Where more is said of it. */
  readonly url?: string;
};

export type NodeStatus = {
  readonly state: NodeState;
  /** Milliseconds since the epoch. */
  readonly started?: number;
  readonly completed?: number;
  /**
   * When this build began, of a step that another build had begun before: BuildKit runs a step once for
   * all builds that need it at a time, and tells each of them when it really began.
   */
  readonly joined?: number;
  readonly progress?: readonly NodeProgress[];
  readonly error?: string;
  /** Bytes of log output so far; the text itself is asked for with `llb/log`. */
  readonly logBytes?: number;
  readonly warnings?: readonly NodeWarning[];
  /** From an earlier build: the text has changed since, but this node has not. */
  readonly fromLastBuild?: boolean;
  /** Joined by name because the build came without a definition. */
  readonly matchedByName?: boolean;
  readonly prediction?: NodePrediction;
  readonly difference?: NodeDifference;
  /** Known once a build is over, of steps that are looked at in this way. */
  readonly outputs?: readonly NodeOutput[];
  /** Threads of a debug session that are stopped at it, by name. */
  readonly stops?: readonly string[];
};

export type GraphSource = {
  /** As the definition names it, e.g. `Dockerfile`. */
  readonly filename: string;
  readonly language: string;
  /** The document, where it is known. */
  readonly uri?: string;
};

/** `nodes` are in definition order: inputs before their users. */
export type BuildGraph = {
  readonly nodes: readonly GraphNode[];
  readonly groups: readonly GraphGroup[];
  readonly sources: readonly GraphSource[];
  /** The nodes the build's results point at. */
  readonly results: readonly NodeId[];
  /** Status by node; a node without an entry is `unknown`. */
  readonly status: Readonly<Record<NodeId, NodeStatus>>;
  /** Notes about the whole graph, e.g. what could not be compiled. */
  readonly notes: readonly string[];
};

export const emptyGraph: BuildGraph = {
  nodes: [],
  groups: [],
  sources: [],
  results: [],
  status: {},
  notes: [],
};

/** What changed from one version of a graph to the next. `order` is given when nodes came, went or moved. */
export type NodeChange = Partial<Omit<GraphNode, 'id'>>;

export type GraphPatch = {
  readonly upserts?: readonly GraphNode[];
  /** The fields of known nodes that have changed; a keystroke changes the digests of many. */
  readonly changes?: readonly (readonly [NodeId, NodeChange])[];
  readonly removes?: readonly NodeId[];
  readonly order?: readonly NodeId[];
  readonly groups?: readonly GraphGroup[];
  readonly sources?: readonly GraphSource[];
  readonly results?: readonly NodeId[];
  readonly notes?: readonly string[];
  /** New status by node; `null` clears it. */
  readonly status?: Readonly<Record<NodeId, NodeStatus | null>>;
};
