/**
 * pb.Op and pb.Definition → bytes, exactly as BuildKit's Go code writes them.
 *
 * An op's digest is the sha256 of these bytes. Go writes ordinary fields by ascending number and the
 * member of a oneof after all of them, so `exec`, `source`, `file` … (fields 2 to 7 of pb.Op) come
 * last. `constraints` (field 11) is always there and empty. Field numbers are those of BuildKit's
 * `solver/pb/ops.proto`.
 */
import type { Definition, LinuxResources, OpMetadata, SourceLocation } from './definition';
import type { Digest } from './digest';
import type {
  CacheSharing,
  ExecMeta,
  ExecOp,
  FileAction,
  FileOp,
  Mount,
  MountType,
  NetMode,
  Op,
  OpInput,
  Owner,
  Platform,
  SecretOrSshOptions,
  SourceOp,
  UserRef,
} from './op';
import { sortedKeys, WireWriter } from './wire-writer';

const netModes: Readonly<Record<NetMode, number>> = { unset: 0, host: 1, none: 2 };
const mountTypes: Readonly<Record<MountType, number>> = {
  bind: 0,
  secret: 1,
  ssh: 2,
  cache: 3,
  tmpfs: 4,
};
const sharingModes: Readonly<Record<CacheSharing, number>> = { shared: 0, private: 1, locked: 2 };

/** One writer for all ops, so that its memory is kept. */
const opWriter = new WireWriter();

/**
 * The bytes of an op.
 * @throws InvalidUtf8Error for a text that is not Unicode, as BuildKit does.
 * @throws Error for an op of unknown kind, which has no bytes but its own.
 */
export function marshalOp(op: Op): Uint8Array {
  const writer = opWriter;
  writer.reset();
  for (const input of op.inputs) writeInput(writer, input);
  if (op.op.kind === 'terminal') return writer.finish();
  const { platform } = op;
  if (platform !== undefined) writer.message(10, () => writePlatform(writer, platform));
  writer.message(11, () => undefined);
  writeKind(writer, op);
  return writer.finish();
}

/** The last op of every definition: it has an input and nothing else. */
export function terminalOp(input: OpInput): Op {
  return { inputs: [input], op: { kind: 'terminal' } };
}

function writeKind(writer: WireWriter, { op }: Op): void {
  switch (op.kind) {
    case 'exec':
      writer.message(2, () => writeExec(writer, op));
      return;
    case 'source':
      writer.message(3, () => writeSource(writer, op));
      return;
    case 'file':
      writer.message(4, () => writeFile(writer, op));
      return;
    case 'merge':
      writer.message(6, () => {
        for (const input of op.inputs) writer.message(1, () => writer.integer(1, input));
      });
      return;
    case 'diff':
      writer.message(7, () => {
        writer.message(1, () => writer.integer(1, op.lower));
        writer.message(2, () => writer.integer(1, op.upper));
      });
      return;
    case 'terminal':
      return;
    case 'build':
    case 'unknown':
      throw new Error(`an op of kind ${op.kind} is kept as bytes and never written anew`);
  }
}

function writeInput(writer: WireWriter, input: OpInput): void {
  writer.message(1, () => {
    writer.string(1, input.digest);
    writer.integer(2, input.index);
  });
}

function writePlatform(writer: WireWriter, platform: Platform): void {
  writer.string(1, platform.architecture);
  writer.string(2, platform.os);
  writer.string(3, platform.variant ?? '');
  writer.string(4, platform.osVersion ?? '');
  writer.strings(5, platform.osFeatures ?? []);
}

function writeSource(writer: WireWriter, source: SourceOp): void {
  writer.string(1, source.identifier);
  writer.stringMap(2, source.attrs);
}

function writeExec(writer: WireWriter, exec: ExecOp): void {
  writer.message(1, () => writeMeta(writer, exec.meta));
  for (const mount of exec.mounts) writer.message(2, () => writeMount(writer, mount));
  writer.integer(3, netModes[exec.network]);
  writer.integer(4, exec.security === 'insecure' ? 1 : 0);
  for (const secret of exec.secretEnv) {
    writer.message(5, () => {
      writer.string(1, secret.id);
      writer.string(2, secret.name);
      writer.bool(3, secret.optional);
    });
  }
  for (const device of exec.cdiDevices) {
    writer.message(6, () => {
      writer.string(1, device.name);
      writer.bool(2, device.optional);
    });
  }
}

function writeMeta(writer: WireWriter, meta: ExecMeta): void {
  writer.strings(1, meta.args);
  writer.strings(2, meta.env);
  writer.string(3, meta.cwd);
  writer.string(4, meta.user);
  const proxy = meta.proxyEnv;
  if (proxy !== undefined) {
    writer.message(5, () => {
      writer.string(1, proxy.httpProxy);
      writer.string(2, proxy.httpsProxy);
      writer.string(3, proxy.ftpProxy);
      writer.string(4, proxy.noProxy);
      writer.string(5, proxy.allProxy);
    });
  }
  for (const { host, ip } of meta.extraHosts) {
    writer.message(6, () => {
      writer.string(1, host);
      writer.string(2, ip);
    });
  }
  writer.string(7, meta.hostname);
  for (const ulimit of meta.ulimits) {
    writer.message(9, () => {
      writer.string(1, ulimit.name);
      writer.integer(2, ulimit.soft);
      writer.integer(3, ulimit.hard);
    });
  }
  writer.string(10, meta.cgroupParent);
  writer.bool(11, meta.removeMountStubsRecursive);
  if (meta.validExitCodes.length > 0) {
    // Repeated numbers are packed in proto3.
    const packed = new WireWriter();
    for (const code of meta.validExitCodes) packed.integerAlways(1, code);
    writer.bytes(12, withoutTags(packed.finish()));
  }
}

/** Strips the one-byte tags of varints written one after the other. */
function withoutTags(bytes: Uint8Array): Uint8Array {
  const values: number[] = [];
  for (let index = 0; index < bytes.length; index++) {
    let byte = bytes[++index] ?? 0;
    while (byte >= 0x80) {
      values.push(byte);
      byte = bytes[++index] ?? 0;
    }
    values.push(byte);
  }
  return Uint8Array.from(values);
}

function writeMount(writer: WireWriter, mount: Mount): void {
  const { tmpfs, cache, secret, ssh } = mount;
  writer.integer(1, mount.input);
  writer.string(2, mount.selector);
  writer.string(3, mount.dest);
  writer.integer(4, mount.output);
  writer.bool(5, mount.readonly);
  writer.integer(6, mountTypes[mount.type]);
  if (tmpfs !== undefined) writer.message(19, () => writer.integer(1, tmpfs.size));
  if (cache !== undefined) {
    writer.message(20, () => {
      writer.string(1, cache.id);
      writer.integer(2, sharingModes[cache.sharing]);
    });
  }
  if (secret !== undefined) writer.message(21, () => writeSecretOrSsh(writer, secret));
  if (ssh !== undefined) writer.message(22, () => writeSecretOrSsh(writer, ssh));
}

function writeSecretOrSsh(writer: WireWriter, options: SecretOrSshOptions): void {
  writer.string(1, options.id);
  writer.integer(2, options.uid);
  writer.integer(3, options.gid);
  writer.integer(4, options.mode);
  writer.bool(5, options.optional);
}

function writeFile(writer: WireWriter, file: FileOp): void {
  for (const action of file.actions) {
    writer.message(2, () => {
      writer.integer(1, action.input);
      writer.integer(2, action.secondaryInput);
      writer.integer(3, action.output);
      writer.message(actionFields[action.action], () => writeAction(writer, action));
    });
  }
}

const actionFields: Readonly<Record<FileAction['action'], number>> = {
  copy: 4,
  mkfile: 5,
  mkdir: 6,
  rm: 7,
  symlink: 8,
};

function writeAction(writer: WireWriter, action: FileAction): void {
  switch (action.action) {
    case 'copy':
      writer.string(1, action.src);
      writer.string(2, action.dest);
      writeOwner(writer, 3, action.owner);
      writer.integer(4, action.mode);
      writer.bool(5, action.followSymlink);
      writer.bool(6, action.dirCopyContents);
      writer.bool(7, action.attemptUnpack);
      writer.bool(8, action.createDestPath);
      writer.bool(9, action.allowWildcard);
      writer.bool(10, action.allowEmptyWildcard);
      writer.integer(11, action.timestamp);
      writer.strings(12, action.includePatterns);
      writer.strings(13, action.excludePatterns);
      writer.bool(14, action.alwaysReplaceExistingDestPaths);
      writer.string(15, action.modeStr);
      writer.strings(16, action.requiredPaths);
      return;
    case 'mkfile':
      writer.string(1, action.path);
      writer.integer(2, action.mode);
      writer.bytes(3, action.data);
      writeOwner(writer, 4, action.owner);
      writer.integer(5, action.timestamp);
      return;
    case 'mkdir':
      writer.string(1, action.path);
      writer.integer(2, action.mode);
      writer.bool(3, action.makeParents);
      writeOwner(writer, 4, action.owner);
      writer.integer(5, action.timestamp);
      return;
    case 'rm':
      writer.string(1, action.path);
      writer.bool(2, action.allowNotFound);
      writer.bool(3, action.allowWildcard);
      return;
    case 'symlink':
      writer.string(1, action.oldPath);
      writer.string(2, action.newPath);
      writeOwner(writer, 3, action.owner);
      writer.integer(4, action.timestamp);
  }
}

function writeOwner(writer: WireWriter, field: number, owner: Owner | undefined): void {
  if (owner === undefined) return;
  const { user, group } = owner;
  writer.message(field, () => {
    if (user !== undefined) writer.message(1, () => writeUser(writer, user));
    if (group !== undefined) writer.message(2, () => writeUser(writer, group));
  });
}

function writeUser(writer: WireWriter, user: UserRef): void {
  if (user.by === 'id') {
    writer.integerAlways(2, user.id);
    return;
  }
  writer.message(1, () => {
    writer.string(1, user.name);
    writer.integer(2, user.input);
  });
}

/** A whole pb.Definition, as `buildctl build` reads it from standard input. */
export function definitionToPb(definition: Definition): Uint8Array {
  const writer = new WireWriter();
  writeDefinition(writer, definition);
  return writer.finish();
}

function writeDefinition(writer: WireWriter, definition: Definition): void {
  for (const op of definition.ops) writer.bytesAlways(1, op.bytes);
  for (const [digest, metadata] of byDigest(definition.metadata)) {
    writer.message(2, () => {
      writer.stringAlways(1, digest);
      writer.message(2, () => writeMetadata(writer, metadata));
    });
  }
  writer.message(3, () => writeSources(writer, definition));
}

function byDigest<T>(map: ReadonlyMap<Digest, T>): [Digest, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function writeMetadata(writer: WireWriter, metadata: OpMetadata): void {
  const { exportCache, progressGroup, linuxResources } = metadata;
  writer.bool(1, metadata.ignoreCache);
  writer.stringMap(2, metadata.description);
  if (exportCache !== undefined) writer.message(4, () => writer.bool(1, exportCache));
  for (const cap of sortedKeys(Object.fromEntries(metadata.caps.map((id) => [id, true])))) {
    writer.message(5, () => {
      writer.stringAlways(1, cap);
      writer.integerAlways(2, 1);
    });
  }
  if (progressGroup !== undefined) {
    writer.message(6, () => {
      writer.string(1, progressGroup.id);
      writer.string(2, progressGroup.name);
      writer.bool(3, progressGroup.weak);
    });
  }
  if (linuxResources !== undefined) {
    writer.message(7, () => writeLinuxResources(writer, linuxResources));
  }
}

function writeLinuxResources(writer: WireWriter, resources: LinuxResources): void {
  writer.integer(1, resources.memory ?? 0n);
  writer.integer(2, resources.memorySwap ?? 0n);
  writer.integer(3, resources.cpuShares ?? 0n);
  writer.integer(4, resources.cpuPeriod ?? 0n);
  writer.integer(5, resources.cpuQuota ?? 0n);
  writer.string(6, resources.cpusetCpus ?? '');
  writer.string(7, resources.cpusetMems ?? '');
}

function writeSources(writer: WireWriter, definition: Definition): void {
  for (const [digest, locations] of byDigest(definition.locations)) {
    writer.message(1, () => {
      writer.stringAlways(1, digest);
      writer.message(2, () => {
        for (const location of locations) writer.message(1, () => writeLocation(writer, location));
      });
    });
  }
  for (const source of definition.sources) {
    const loader = source.definition;
    writer.message(2, () => {
      writer.string(1, source.filename);
      writer.bytes(2, source.data);
      if (loader !== undefined) writer.message(3, () => writeDefinition(writer, loader));
      writer.string(4, source.language);
    });
  }
}

function writeLocation(writer: WireWriter, location: SourceLocation): void {
  writer.integer(1, location.sourceIndex);
  for (const range of location.ranges) {
    writer.message(2, () => {
      for (const [field, position] of [[1, range.start] as const, [2, range.end] as const]) {
        writer.message(field, () => {
          writer.integer(1, position.line);
          writer.integer(2, position.character);
        });
      }
    });
  }
}
