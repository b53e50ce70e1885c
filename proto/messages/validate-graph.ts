/** Guards of the build graph and its patches, for everything that gets them from another process. */
import type {
  BuildGraph,
  GraphGroup,
  GraphInput,
  GraphNode,
  GraphPatch,
  GraphSource,
  NodeChange,
  NodeDifference,
  NodeOutput,
  NodePrediction,
  NodeProgress,
  NodeRange,
  NodeStatus,
  NodeWarning,
  OpDetail,
  Reason,
} from '../model/build-graph';
import { nodeKinds, nodeStates, reasonKinds } from '../model/build-graph';
import type { Position } from '../model/definition';
import { isDigest } from '../model/digest';
import type { Digest } from '../model/digest';
import {
  arrayOf,
  either,
  isBoolean,
  isCount,
  isNull,
  isNumber,
  isString,
  object,
  oneOf,
  pairOf,
  recordOf,
} from './validate';
import type { Guard } from './validate';

const isDigestText: Guard<Digest> = (value): value is Digest => isString(value) && isDigest(value);

export const isNodeKind = oneOf(...nodeKinds);

export const isNodeState = oneOf(...nodeStates);

const isInput = object<GraphInput>(
  { node: isString, kind: oneOf('input', 'copy', 'mount') },
  { label: isString },
);
const isPosition = object<Position>({ line: isCount, character: isCount });
const isRange = object<NodeRange>({ source: isCount, start: isPosition, end: isPosition });
const isDetail = object<OpDetail>({ label: isString, value: isString });

const nodeFields = {
  digest: isDigestText,
  neutralDigest: isDigestText,
  kind: isNodeKind,
  name: isString,
  fullName: isString,
  inputs: arrayOf(isInput),
  ranges: arrayOf(isRange),
  details: arrayOf(isDetail),
  internal: isBoolean,
  uncertain: isBoolean,
};
const optionalFields = { group: isString, platform: isString };

export const isGraphNode = object<GraphNode>({ id: isString, ...nodeFields }, optionalFields);
const isNodeChange = object<NodeChange>({}, { ...nodeFields, ...optionalFields });

const isGroup = object<GraphGroup>({
  id: isString,
  name: isString,
  kind: oneOf('stage', 'target', 'role'),
});
const isSource = object<GraphSource>({ filename: isString, language: isString }, { uri: isString });
const isProgress = object<NodeProgress>({
  id: isString,
  name: isString,
  current: isNumber,
  total: isNumber,
  completed: isBoolean,
});

export const isReason = object<Reason>({
  kind: oneOf(...reasonKinds),
  values: arrayOf(isString),
});
const isPrediction = object<NodePrediction>(
  { outcome: oneOf('cached', 'run', 'unknown') },
  { duration: isNumber, reasons: arrayOf(isReason), onSave: isBoolean },
);
const isDifference = object<NodeDifference>(
  { kind: oneOf('added', 'changed', 'affected'), reasons: arrayOf(isReason) },
  { root: isString },
);

export const isNodeStatus = object<NodeStatus>(
  { state: isNodeState },
  {
    started: isNumber,
    joined: isNumber,
    completed: isNumber,
    progress: arrayOf(isProgress),
    error: isString,
    logBytes: isCount,
    warnings: arrayOf(object<NodeWarning>({ text: isString }, { url: isString })),
    fromLastBuild: isBoolean,
    matchedByName: isBoolean,
    outputs: arrayOf(object<NodeOutput>({ name: isString, size: isCount })),
    stops: arrayOf(isString),
    prediction: isPrediction,
    difference: isDifference,
  },
);

export const isBuildGraph = object<BuildGraph>({
  nodes: arrayOf(isGraphNode),
  groups: arrayOf(isGroup),
  sources: arrayOf(isSource),
  results: arrayOf(isString),
  status: recordOf(isNodeStatus),
  notes: arrayOf(isString),
});

export const isGraphPatch = object<GraphPatch>(
  {},
  {
    upserts: arrayOf(isGraphNode),
    changes: arrayOf(pairOf(isString, isNodeChange)),
    removes: arrayOf(isString),
    order: arrayOf(isString),
    groups: arrayOf(isGroup),
    sources: arrayOf(isSource),
    results: arrayOf(isString),
    notes: arrayOf(isString),
    status: recordOf(either(isNodeStatus, isNull)),
  },
);
