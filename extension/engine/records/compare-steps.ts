/**
 * Compares the steps of two builds and says why they differ: for each path through the graph the
 * first step that differs for itself, and what else that makes different.
 */
import { unixPermissions } from '../../../proto/client/fsutil/go-mode';
import type { Reason, ReasonKind } from '../../../proto/model/build-graph';
import type { Digest } from '../../../proto/model/digest';
import { carriedIds } from '../../../proto/model/node-ids';
import type { VertexRecord } from './build-record';
import type { ContextFile } from './context-files';
import { type FileRead, selected } from './file-reads';
import type { OpFacts } from './op-facts';

/** The steps of one build and the files that they read. */
export type Steps = {
  readonly vertices: readonly VertexRecord[];
  /** By the neutral digest of a local source. */
  readonly sources: Readonly<Record<string, readonly ContextFile[]>>;
};

export type StepDifference = {
  readonly step: VertexRecord;
  /** Its counterpart. */
  readonly before?: VertexRecord;
  /** `affected`: it is the same, but something that it needs is not. */
  readonly kind: 'added' | 'changed' | 'affected';
  readonly reasons: readonly Reason[];
  /** The first step upstream that differs for itself, where it is not this one. */
  readonly root?: VertexRecord;
};

export type Comparison = {
  /** In the order of the later build. */
  readonly differences: readonly StepDifference[];
  /** What the earlier build had and the later has not. */
  readonly removed: readonly VertexRecord[];
  /** For each step of the later build that of the earlier one, by neutral digest. */
  readonly counterparts: ReadonlyMap<Digest, VertexRecord>;
};

/** Steps of a frontend's own are no part of it. */
export function compareSteps(before: Steps, after: Steps): Comparison {
  const old = before.vertices.filter(isOfInterest);
  const young = after.vertices.filter(isOfInterest);
  const counterparts = align(old, young);
  const differences = new Map<Digest, StepDifference>();
  for (const step of young) {
    const found = differenceOf(step, { before, after, counterparts, differences });
    if (found !== undefined) differences.set(step.neutral, found);
  }
  const met = new Set([...counterparts.values()].map(({ neutral }) => neutral));
  return {
    differences: [...differences.values()],
    removed: old.filter(({ neutral }) => !met.has(neutral)),
    counterparts,
  };
}

/** The loads of a frontend differ each time and say nothing; a local source counts by what is read of it. */
const isOfInterest = ({ kind, facts }: VertexRecord): boolean =>
  kind !== 'local' && Object.keys(facts).length > 0;

function align(
  old: readonly VertexRecord[],
  young: readonly VertexRecord[],
): Map<Digest, VertexRecord> {
  const named = old.map((vertex, index) => ({ ...identity(vertex), id: String(index) }));
  const ids = carriedIds(named, young.map(identity));
  const found = new Map<Digest, VertexRecord>();
  for (const [index, vertex] of young.entries()) {
    const counterpart = old[Number(ids[index])];
    if (counterpart !== undefined) found.set(vertex.neutral, counterpart);
  }
  return found;
}

const identity = ({ group, kind, name, neutral }: VertexRecord) => ({
  kind,
  name,
  neutralDigest: neutral,
  ...(group === undefined ? {} : { group }),
});

type Scope = {
  readonly before: Steps;
  readonly after: Steps;
  readonly counterparts: ReadonlyMap<Digest, VertexRecord>;
  readonly differences: ReadonlyMap<Digest, StepDifference>;
};

function differenceOf(step: VertexRecord, scope: Scope): StepDifference | undefined {
  const before = scope.counterparts.get(step.neutral);
  if (before === undefined) return { step, kind: 'added', reasons: [reason('new')] };
  if (before.key !== undefined && before.key === step.key) return undefined;
  const reasons = [
    ...factReasons(before.facts, step.facts),
    ...fileReasons(filesRead(before, scope.before), filesRead(step, scope.after)),
    ...inputReasons(before, step, scope),
  ];
  if (reasons.length > 0) return { step, before, kind: 'changed', reasons };
  for (const { digest } of step.inputs) {
    const upstream = scope.differences.get(digest);
    if (upstream === undefined) continue;
    const root = upstream.root ?? upstream.step;
    return { step, before, kind: 'affected', reasons: [reason('rests', root.name)], root };
  }
  return undefined;
}

/** Which step each input is, told by its counterpart. */
function inputReasons(before: VertexRecord, step: VertexRecord, scope: Scope): Reason[] {
  const nameOf = ({ vertices }: Steps, digest: Digest | undefined) =>
    vertices.find(({ neutral }) => neutral === digest);
  const reasons = new Map<string, Reason>();
  const add = (kind: ReasonKind, ...values: readonly string[]): void => {
    reasons.set(JSON.stringify([kind, values]), reason(kind, ...values));
  };
  for (let index = 0; index < Math.max(before.inputs.length, step.inputs.length); index++) {
    const old = nameOf(scope.before, before.inputs[index]?.digest);
    const young = nameOf(scope.after, step.inputs[index]?.digest);
    if (old?.kind === 'local' && young?.kind === 'local') continue;
    const counterpart = young === undefined ? undefined : scope.counterparts.get(young.neutral);
    if (counterpart !== undefined && counterpart.neutral === old?.neutral) continue;
    // What replaced it is the news, and that is told there.
    if (young !== undefined && scope.differences.has(young.neutral) && counterpart === undefined) {
      continue;
    }
    if (young === undefined && old === undefined) continue;
    if (young === undefined) add('uses.gone', old?.name ?? '');
    else if (old === undefined) add('uses.new', young.name);
    else add('uses.instead', young.name, old.name);
  }
  return [...reasons.values()];
}

/** Longer values are cut. Characters. */
const longest = 80;

const cut = (value: string): string =>
  value.length > longest ? `${value.slice(0, longest)}…` : value;

const reason = (kind: ReasonKind, ...values: readonly string[]): Reason => ({ kind, values });

function factReasons(before: OpFacts, after: OpFacts): Reason[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const old = before[name];
    const young = after[name];
    if (old === young) return [];
    if (old === undefined) return [reason('fact.new', name, cut(young ?? ''))];
    if (young === undefined) return [reason('fact.gone', name, cut(old))];
    return [reason('fact.changed', name, cut(young), cut(old))];
  });
}

function filesRead({ reads }: VertexRecord, { sources }: Steps): ReadonlyMap<string, ContextFile> {
  const found = new Map<string, ContextFile>();
  for (const read of reads) {
    for (const { file } of filesOf(read, sources)) found.set(file.path, file);
  }
  return found;
}

const filesOf = (read: FileRead, sources: Steps['sources']) =>
  selected(sources[read.source] ?? [], read);

/** So many files are told of by name. */
const named = 8;

function fileReasons(
  before: ReadonlyMap<string, ContextFile>,
  after: ReadonlyMap<string, ContextFile>,
): Reason[] {
  const reasons: Reason[] = [];
  for (const [path, file] of after) {
    const old = before.get(path);
    if (old === undefined) reasons.push(reason('file.new', path));
    else reasons.push(...fileChange(old, file));
  }
  for (const path of before.keys()) {
    if (!after.has(path)) reasons.push(reason('file.gone', path));
  }
  const more = reasons.length - named;
  return more <= 0 ? reasons : [...reasons.slice(0, named), reason('file.more', String(more))];
}

function fileChange(old: ContextFile, file: ContextFile): Reason[] {
  const reasons: Reason[] = [];
  const { path } = file;
  if (old.link !== file.link) {
    reasons.push(
      file.link === undefined
        ? reason('link.gone', path)
        : old.link === undefined
          ? reason('link.new', path, file.link)
          : reason('link.changed', path, file.link, old.link),
    );
  } else if (old.mode !== file.mode) {
    reasons.push(reason('file.mode', path, octal(file.mode), octal(old.mode)));
  }
  if (file.unsettled === true || old.unsettled === true) {
    reasons.push(reason('file.unsettled', path));
  } else if (old.hash !== file.hash) reasons.push(reason('file.changed', path));
  return reasons;
}

const octal = (mode: number): string => unixPermissions(mode).toString(8).padStart(4, '0');
