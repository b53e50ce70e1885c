/**
 * pb.Op → bytes, exactly as BuildKit's Go code writes them.
 *
 * An op's digest is the sha256 of these bytes. Go writes ordinary fields by ascending number and the
 * member of a oneof after all of them, so `exec`, `source`, `file` … (fields 2 to 7 of pb.Op) come
 * last. `constraints` (field 11) is always there and empty. Field numbers are those of BuildKit's
 * `solver/pb/ops.proto`.
 */
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
import { WireWriter } from '../wire/writer';

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
 * Where an op's kind stands among its fields: last, as Go's protobuf library writes a oneof, or by
 * its number, as the library that BuildKit used before 0.17 did.
 */
export type FieldOrder = 'kind-last' | 'by-number';

/**
 * The bytes of an op.
 * @throws InvalidUtf8Error for a text that is not Unicode, as BuildKit does.
 * @throws Error for an op of unknown kind, which has no bytes but its own.
 */
export function marshalOp(op: Op, order: FieldOrder = 'kind-last'): Uint8Array {
  const writer = opWriter;
  writer.reset();
  for (const input of op.inputs) writeInput(writer, input);
  if (op.op.kind === 'terminal') return writer.copy();
  if (order === 'by-number') writeKind(writer, op);
  const { platform } = op;
  if (platform !== undefined) writer.message(10, () => writePlatform(writer, platform));
  writer.message(11, () => undefined);
  if (order === 'kind-last') writeKind(writer, op);
  return writer.copy();
}

/** How long a digest is as text, and the part of it that says nothing. */
const digestLength = 71;
const digestPrefix = 'sha256:'.length;

/**
 * A copy of an op's bytes with other input digests, by index. Digests are all of one length, and
 * the inputs come first, so nothing else moves.
 */
export function withInputDigests(bytes: Uint8Array, digests: readonly Digest[]): Uint8Array {
  const copy = bytes.slice();
  writeInputDigests(copy, digests);
  return copy;
}

/** As {@link withInputDigests}, in place. */
export function writeInputDigests(copy: Uint8Array, digests: readonly Digest[]): void {
  let start = 0;
  for (const digest of digests) {
    // A tag and a length for the input, a tag and a length for its digest.
    const at = start + 4;
    for (let index = digestPrefix; index < digestLength; index++) {
      copy[at + index] = digest.charCodeAt(index);
    }
    start += 2 + (copy[start + 1] ?? 0);
  }
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
  const start = writer.open(1);
  writer.string(1, input.digest);
  writer.integer(2, input.index);
  writer.close(start);
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
  for (const mount of exec.mounts) {
    const start = writer.open(2);
    writeMount(writer, mount);
    writer.close(start);
  }
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
  writer.integers(12, meta.validExitCodes);
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
