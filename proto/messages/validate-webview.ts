/**
 * Guards of the messages between extension host and webview. Both sides drop what does not pass:
 * the host because the page shows untrusted text, the page because versions may differ.
 */
import {
  accept,
  arrayOf,
  either,
  isBoolean,
  isCount,
  isNull,
  isNumber,
  isString,
} from './validate';
import { object, oneOf, recordOf } from './validate';
import type { Guard } from './validate';
import { isOpMetadataBody } from './op-metadata';
import { isBuildGraph, isGraphPatch, isReason } from './validate-graph';
import { saveFormats, stepActs, webviewCommands, WEBVIEW_PROTOCOL } from './webview';
import type {
  BuildComparison,
  ComparedCause,
  ComparedStep,
  FromWebview,
  LayerChange,
  LayerEntry,
  PastRun,
  PredictionTotals,
  SavingHint,
  ToWebview,
  ViewContext,
  WebviewBoot,
} from './webview';

const isVersion = oneOf(WEBVIEW_PROTOCOL);
const isNodeOrNull = either(isString, isNull);

const isComparedStep = object<ComparedStep>({ name: isString }, { node: isString });
const isComparison = object<BuildComparison>(
  {
    earlier: isNumber,
    causes: arrayOf(
      object<ComparedCause>({
        step: isComparedStep,
        kind: oneOf('added', 'changed', 'unexplained'),
        reasons: arrayOf(isReason),
        affected: arrayOf(isComparedStep),
        duration: isNumber,
      }),
    ),
    removed: arrayOf(isString),
    cached: isCount,
  },
  { later: isNumber },
);

const isViewContext = object<ViewContext>(
  {
    title: isString,
    uri: isString,
    trusted: isBoolean,
    builder: object<ViewContext['builder']>({
      state: oneOf('unknown', 'connected', 'unavailable'),
      text: isString,
    }),
    build: object<ViewContext['build']>({
      state: oneOf('none', 'running', 'stopped', 'succeeded', 'failed', 'cancelled'),
      text: isString,
    }),
  },
  {
    lookOnly: isBoolean,
    prediction: object<PredictionTotals>(
      { cached: isCount, run: isCount, unknown: isCount },
      {
        duration: isNumber,
        saving: object<SavingHint>({ file: isString, run: isCount }, { duration: isNumber }),
      },
    ),
    comparison: isComparison,
  },
);

const isLayerEntry = object<LayerEntry>(
  {
    name: isString,
    kind: oneOf('directory', 'file', 'symlink', 'other'),
    mode: isCount,
    size: isNumber,
    modified: isNumber,
  },
  { linkTarget: isString, uid: isCount, gid: isCount, hardLink: isString },
);

const isLayerChange = object<LayerChange>(
  { path: isString, change: oneOf('added', 'changed', 'removed') },
  {
    before: isLayerEntry,
    after: isLayerEntry,
    below: object<{ files: number; bytes: number }>({ files: isCount, bytes: isNumber }),
  },
);

const isPastRun = object<PastRun>(
  { finished: isNumber, state: oneOf('done', 'cached', 'failed') },
  { duration: isNumber },
);

type Tagged = { readonly type: string };
/** For every `type` of a union, the guard of that member. */
type MemberGuards<U extends Tagged> = {
  readonly [K in U['type']]: Guard<Extract<U, { readonly type: K }>>;
};
const isTagged = object<Tagged>({ type: isString });

/** A guard of a union that looks only at the member its `type` names. */
function union<U extends Tagged>(members: MemberGuards<U>): Guard<U> {
  const byType = new Map<string, Guard<U>>(Object.entries<Guard<U>>(members));
  return (value): value is U => isTagged(value) && (byType.get(value.type)?.(value) ?? false);
}

type To<K extends ToWebview['type']> = Extract<ToWebview, { readonly type: K }>;
type From<K extends FromWebview['type']> = Extract<FromWebview, { readonly type: K }>;

const isToWebview = union<ToWebview>({
  snapshot: object<To<'snapshot'>>({
    v: isVersion,
    type: oneOf('snapshot'),
    version: isCount,
    graph: isBuildGraph,
    context: isViewContext,
  }),
  patch: object<To<'patch'>>({
    v: isVersion,
    type: oneOf('patch'),
    base: isCount,
    version: isCount,
    patch: isGraphPatch,
  }),
  context: object<To<'context'>>({ v: isVersion, type: oneOf('context'), context: isViewContext }),
  select: object<To<'select'>>({
    v: isVersion,
    type: oneOf('select'),
    node: isNodeOrNull,
    reveal: isBoolean,
  }),
  log: object<To<'log'>>({
    v: isVersion,
    type: oneOf('log'),
    node: isString,
    from: isCount,
    text: isString,
    next: isCount,
  }),
  logError: object<To<'logError'>>({
    v: isVersion,
    type: oneOf('logError'),
    node: isString,
    message: isString,
  }),
  layer: object<To<'layer'>>({
    v: isVersion,
    type: oneOf('layer'),
    node: isString,
    path: isString,
    entries: arrayOf(isLayerEntry),
  }),
  layerError: object<To<'layerError'>>({
    v: isVersion,
    type: oneOf('layerError'),
    node: isString,
    path: isString,
    message: isString,
  }),
  changes: object<To<'changes'>>({
    v: isVersion,
    type: oneOf('changes'),
    node: isString,
    changes: arrayOf(isLayerChange),
    partial: isBoolean,
  }),
  changesError: object<To<'changesError'>>({
    v: isVersion,
    type: oneOf('changesError'),
    node: isString,
    message: isString,
  }),
  op: object<To<'op'>>(
    { v: isVersion, type: oneOf('op'), node: isString, json: isString },
    { metadata: isOpMetadataBody },
  ),
  opError: object<To<'opError'>>({
    v: isVersion,
    type: oneOf('opError'),
    node: isString,
    message: isString,
  }),
  times: object<To<'times'>>({
    v: isVersion,
    type: oneOf('times'),
    node: isString,
    runs: arrayOf(isPastRun),
  }),
});

const isFromWebview = union<FromWebview>({
  ready: object<From<'ready'>>({ v: isVersion, type: oneOf('ready') }),
  resync: object<From<'resync'>>({ v: isVersion, type: oneOf('resync') }),
  select: object<From<'select'>>({
    v: isVersion,
    type: oneOf('select'),
    node: isNodeOrNull,
    openSource: isBoolean,
  }),
  readLog: object<From<'readLog'>>({
    v: isVersion,
    type: oneOf('readLog'),
    node: isString,
    from: isCount,
  }),
  readLayer: object<From<'readLayer'>>({
    v: isVersion,
    type: oneOf('readLayer'),
    node: isString,
    path: isString,
  }),
  openFile: object<From<'openFile'>>({
    v: isVersion,
    type: oneOf('openFile'),
    node: isString,
    path: isString,
  }),
  readChanges: object<From<'readChanges'>>({
    v: isVersion,
    type: oneOf('readChanges'),
    node: isString,
  }),
  readTimes: object<From<'readTimes'>>({
    v: isVersion,
    type: oneOf('readTimes'),
    node: isString,
  }),
  readOp: object<From<'readOp'>>({ v: isVersion, type: oneOf('readOp'), node: isString }),
  drop: object<From<'drop'>>({ v: isVersion, type: oneOf('drop'), uris: arrayOf(isString) }),
  openDiff: object<From<'openDiff'>>({
    v: isVersion,
    type: oneOf('openDiff'),
    node: isString,
    path: isString,
  }),
  saveFile: object<From<'saveFile'>>({
    v: isVersion,
    type: oneOf('saveFile'),
    node: isString,
    path: isString,
  }),
  copy: object<From<'copy'>>({ v: isVersion, type: oneOf('copy'), text: isString }),
  save: object<From<'save'>>({
    v: isVersion,
    type: oneOf('save'),
    format: oneOf(...saveFormats),
    data: isString,
  }),
  command: object<From<'command'>>({
    v: isVersion,
    type: oneOf('command'),
    command: oneOf(...webviewCommands),
  }),
  step: object<From<'step'>>({
    v: isVersion,
    type: oneOf('step'),
    node: isString,
    act: oneOf(...stepActs),
  }),
});

const isWebviewBoot = object<WebviewBoot>({
  layoutWorker: isString,
  layoutEngine: isString,
  strings: recordOf(isString),
});

/** The message, or undefined for anything malformed or of another protocol version. */
export const parseToWebview = (value: unknown): ToWebview | undefined => accept(isToWebview, value);

/** The message, or undefined for anything malformed or of another protocol version. */
export const parseFromWebview = (value: unknown): FromWebview | undefined =>
  accept(isFromWebview, value);

/** The boot data, or undefined when it is not what a host of this version writes. */
export const parseWebviewBoot = (value: unknown): WebviewBoot | undefined =>
  accept(isWebviewBoot, value);
