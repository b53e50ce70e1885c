/**
 * From BuildKit's messages to the model's strict values, and back for definitions.
 *
 * Op bytes pass through untouched in both directions. Indices are int64 on the wire; every real
 * one is small, and one that is not is cut to a number that matches no input.
 */
import * as pb from '../generated/ops';
import { WireError } from '../wire/reader';
import type {
  Definition,
  DefinitionOp,
  OpMetadata,
  SourceInfo,
  SourceLocation,
} from './definition';
import { digestOf, isDigest, type Digest } from './digest';
import type {
  CacheSharing,
  ExecMeta,
  FileAction,
  FileActionKind,
  Mount,
  MountType,
  NetMode,
  Op,
  OpInput,
  OpKind,
  Owner,
  Platform,
  SecretOrSshOptions,
  SecurityMode,
  UserRef,
} from './op';

const netModes: readonly NetMode[] = ['unset', 'host', 'none'];
const securityModes: readonly SecurityMode[] = ['sandbox', 'insecure'];
const mountTypes: readonly MountType[] = ['bind', 'secret', 'ssh', 'cache', 'tmpfs'];
const cacheSharings: readonly CacheSharing[] = ['shared', 'private', 'locked'];

/** The op that `bytes` spell. @throws WireError when they are no pb.Op with sha256 inputs. */
export function decodeOp(bytes: Uint8Array): Op {
  return opFromPb(pb.Op.decode(bytes));
}

export function opFromPb(message: pb.Op): Op {
  return {
    inputs: message.inputs.map(inputFromPb),
    ...(message.platform && { platform: platformFromPb(message.platform) }),
    op: opKindFromPb(message),
  };
}

function inputFromPb({ digest, index }: pb.Input): OpInput {
  // Dropping it would shift the indices that mounts and file actions count by.
  if (!isDigest(digest)) throw new WireError(`an op's input is no sha256 digest: ${digest}`);
  return { digest, index: Number(index) };
}

export function platformFromPb(platform: pb.Platform): Platform {
  return {
    architecture: platform.architecture,
    os: platform.os,
    ...(platform.variant !== '' && { variant: platform.variant }),
    ...(platform.osVersion !== '' && { osVersion: platform.osVersion }),
    ...(platform.osFeatures.length > 0 && { osFeatures: platform.osFeatures }),
  };
}

export function platformToPb(platform: Platform): pb.Platform {
  return pb.Platform.create(platform);
}

function opKindFromPb(message: pb.Op): OpKind {
  if (message.exec) return execFromPb(message.exec);
  if (message.source) {
    const { identifier, attrs } = message.source;
    return { kind: 'source', identifier, attrs: Object.fromEntries(attrs) };
  }
  if (message.file) {
    return { kind: 'file', actions: message.file.actions.flatMap(actionFromPb) };
  }
  if (message.merge) {
    return { kind: 'merge', inputs: message.merge.inputs.map(({ input }) => Number(input)) };
  }
  if (message.diff) {
    return {
      kind: 'diff',
      lower: Number(message.diff.lower?.input ?? -1n),
      upper: Number(message.diff.upper?.input ?? -1n),
    };
  }
  if (message.build) return { kind: 'build', attrs: Object.fromEntries(message.build.attrs) };
  // A terminal op has one input and no kind; anything else without a kind we know is newer than us.
  if (message.passthrough === undefined && message.inputs.length > 0) return { kind: 'terminal' };
  return { kind: 'unknown' };
}

function execFromPb(exec: pb.ExecOp): OpKind {
  return {
    kind: 'exec',
    meta: metaFromPb(exec.meta ?? pb.Meta.empty()),
    mounts: exec.mounts.map(mountFromPb),
    network: netModes[exec.network] ?? 'unset',
    security: securityModes[exec.security] ?? 'sandbox',
    secretEnv: exec.secretenv,
    cdiDevices: exec.cdiDevices,
  };
}

function metaFromPb(meta: pb.Meta): ExecMeta {
  return {
    args: meta.args,
    env: meta.env,
    cwd: meta.cwd,
    user: meta.user,
    ...(meta.proxyEnv && { proxyEnv: meta.proxyEnv }),
    extraHosts: meta.extraHosts,
    hostname: meta.hostname,
    ulimits: meta.ulimit.map(({ name, soft, hard }) => ({
      name,
      soft: Number(soft),
      hard: Number(hard),
    })),
    cgroupParent: meta.cgroupParent,
    removeMountStubsRecursive: meta.removeMountStubsRecursive,
    validExitCodes: meta.validExitCodes,
  };
}

function mountFromPb(mount: pb.Mount): Mount {
  const { tmpfsOpt, cacheOpt, secretOpt, sshOpt } = mount;
  return {
    input: Number(mount.input),
    selector: mount.selector,
    dest: mount.dest,
    output: Number(mount.output),
    readonly: mount.readonly,
    type: mountTypes[mount.mountType] ?? 'bind',
    ...(tmpfsOpt && { tmpfs: { size: Number(tmpfsOpt.size) } }),
    ...(cacheOpt && {
      cache: { id: cacheOpt.id, sharing: cacheSharings[cacheOpt.sharing] ?? 'shared' },
    }),
    ...(secretOpt && { secret: secretOptions(secretOpt) }),
    ...(sshOpt && { ssh: secretOptions(sshOpt) }),
  };
}

function secretOptions({ id, uid, gid, mode, optional }: pb.SecretOpt): SecretOrSshOptions {
  return { id, uid, gid, mode, optional };
}

function actionFromPb(message: pb.FileAction): FileAction[] {
  const kind = actionKindFromPb(message);
  if (kind === undefined) return [];
  return [
    {
      ...kind,
      input: Number(message.input),
      secondaryInput: Number(message.secondaryInput),
      output: Number(message.output),
    },
  ];
}

function actionKindFromPb(message: pb.FileAction): FileActionKind | undefined {
  const { copy, mkfile, mkdir, rm, symlink } = message;
  if (copy) {
    const { owner, attemptUnpackDockerCompatibility, ...same } = copy;
    return {
      action: 'copy',
      ...same,
      ...ownerFromPb(owner),
      attemptUnpack: attemptUnpackDockerCompatibility,
    };
  }
  if (mkfile) {
    const { owner, ...same } = mkfile;
    return { action: 'mkfile', ...same, ...ownerFromPb(owner) };
  }
  if (mkdir) {
    const { owner, ...same } = mkdir;
    return { action: 'mkdir', ...same, ...ownerFromPb(owner) };
  }
  if (rm) return { action: 'rm', ...rm };
  if (symlink) {
    const { owner, oldpath, newpath, timestamp } = symlink;
    return {
      action: 'symlink',
      oldPath: oldpath,
      newPath: newpath,
      timestamp,
      ...ownerFromPb(owner),
    };
  }
  return undefined;
}

function ownerFromPb(owner: pb.ChownOpt | undefined): { owner?: Owner } {
  if (owner === undefined) return {};
  const user = userFromPb(owner.user);
  const group = userFromPb(owner.group);
  return { owner: { ...(user && { user }), ...(group && { group }) } };
}

function userFromPb(user: pb.UserOpt | undefined): UserRef | undefined {
  if (user?.byName) return { by: 'name', name: user.byName.name, input: Number(user.byName.input) };
  if (user?.byId !== undefined) return { by: 'id', id: user.byId };
  return undefined;
}

/** A definition as BuildKit sent it. @throws WireError when an op's bytes are no pb.Op. */
export function definitionFromPb(message: pb.Definition): Definition {
  return {
    ops: message.def.map(definitionOp),
    metadata: byDigest(message.metadata, metadataFromPb),
    locations: byDigest(message.source?.locations ?? new Map<string, pb.Locations>(), (locations) =>
      locations.locations.map(locationFromPb),
    ),
    sources: (message.source?.infos ?? []).map(sourceInfoFromPb),
  };
}

/** One op of a definition from its raw bytes. @throws WireError when they are no pb.Op. */
export function definitionOp(bytes: Uint8Array): DefinitionOp {
  return { digest: digestOf(bytes), bytes, op: decodeOp(bytes) };
}

function byDigest<From, To>(
  map: ReadonlyMap<string, From>,
  convert: (value: From) => To,
): ReadonlyMap<Digest, To> {
  const result = new Map<Digest, To>();
  for (const [digest, value] of map) {
    // The terminal op's metadata is filed under its digest like any other; only junk is left out.
    if (isDigest(digest)) result.set(digest, convert(value));
  }
  return result;
}

function metadataFromPb(metadata: pb.OpMetadata): OpMetadata {
  return {
    ignoreCache: metadata.ignoreCache,
    description: Object.fromEntries(metadata.description),
    ...(metadata.exportCache && { exportCache: metadata.exportCache.value }),
    caps: [...metadata.caps].filter(([, wanted]) => wanted).map(([name]) => name),
    ...(metadata.progressGroup && { progressGroup: metadata.progressGroup }),
    ...(metadata.linuxResources && { linuxResources: metadata.linuxResources }),
  };
}

function locationFromPb(location: pb.Location): SourceLocation {
  return { sourceIndex: location.sourceIndex, ranges: rangesFromPb(location.ranges) };
}

/** Ranges of a source text; a position that was not sent is line 0. */
export function rangesFromPb(ranges: readonly pb.Range[]): SourceLocation['ranges'] {
  const nowhere = { line: 0, character: 0 };
  return ranges.map(({ start, end }) => ({ start: start ?? nowhere, end: end ?? nowhere }));
}

function sourceInfoFromPb(info: pb.SourceInfo): SourceInfo {
  const { filename, language, data, definition } = info;
  return {
    filename,
    language,
    data,
    ...(definition && { definition: definitionFromPb(definition) }),
  };
}

/** The message that sends a definition; the ops' bytes go out as they are. */
export function definitionToPb(definition: Definition): pb.Definition {
  return {
    def: definition.ops.map(({ bytes }) => bytes),
    metadata: new Map([...definition.metadata].map(([key, value]) => [key, metadataToPb(value)])),
    source: sourceToPb(definition),
  };
}

function sourceToPb({ locations, sources }: Definition): pb.Source | undefined {
  if (locations.size === 0 && sources.length === 0) return undefined;
  return {
    locations: new Map([...locations].map(([key, value]) => [key, { locations: value }])),
    infos: sources.map(sourceInfoToPb),
  };
}

function metadataToPb(metadata: OpMetadata): pb.OpMetadata {
  return {
    ignoreCache: metadata.ignoreCache,
    description: new Map(Object.entries(metadata.description)),
    exportCache: metadata.exportCache === undefined ? undefined : { value: metadata.exportCache },
    caps: new Map(metadata.caps.map((name) => [name, true])),
    progressGroup: metadata.progressGroup,
    linuxResources: metadata.linuxResources && pb.LinuxResources.create(metadata.linuxResources),
  };
}

function sourceInfoToPb(info: SourceInfo): pb.SourceInfo {
  return { ...info, definition: info.definition && definitionToPb(info.definition) };
}
