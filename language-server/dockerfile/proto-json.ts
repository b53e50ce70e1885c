/** Ops in protobuf's JSON form: default values left out, 64-bit numbers as strings. */
import type { FileAction, Mount, Op, OpKind, Owner, UserRef } from '../../proto/model/op';

export type ProtoJson =
  string | number | boolean | null | readonly ProtoJson[] | { readonly [key: string]: ProtoJson };

type Fields = Readonly<Record<string, ProtoJson | undefined>>;

/** An op as `protojson` writes it. */
export function opToProtoJson(op: Op): ProtoJson {
  const { platform } = op;
  return present({
    inputs: op.inputs.map(({ digest, index }) => present({ digest, index: int64(index) })),
    platform:
      platform &&
      present({
        Architecture: platform.architecture,
        OS: platform.os,
        Variant: platform.variant,
        OSVersion: platform.osVersion,
        OSFeatures: platform.osFeatures,
      }),
    constraints: op.op.kind === 'terminal' ? undefined : {},
    ...kindToJson(op.op),
  });
}

function kindToJson(op: OpKind): Fields {
  switch (op.kind) {
    case 'exec':
      return {
        exec: present({
          meta: present({
            args: op.meta.args,
            env: op.meta.env,
            cwd: op.meta.cwd,
            user: op.meta.user,
            proxyEnv: op.meta.proxyEnv && present({ ...op.meta.proxyEnv }),
            extraHosts: op.meta.extraHosts.map(({ host, ip }) => ({ Host: host, IP: ip })),
            hostname: op.meta.hostname,
            ulimit: op.meta.ulimits.map(({ name, soft, hard }) =>
              present({ Name: name, Soft: int64(soft), Hard: int64(hard) }),
            ),
            cgroupParent: op.meta.cgroupParent,
            removeMountStubsRecursive: op.meta.removeMountStubsRecursive,
            validExitCodes: op.meta.validExitCodes,
          }),
          mounts: op.mounts.map(mountToJson),
          network: op.network === 'unset' ? undefined : op.network.toUpperCase(),
          security: op.security === 'insecure' ? 'INSECURE' : undefined,
          secretenv: op.secretEnv.map(({ id, name, optional }) =>
            present({ ID: id, name, optional }),
          ),
          cdiDevices: op.cdiDevices.map((device) => present({ ...device })),
        }),
      };
    case 'source':
      return { source: present({ identifier: op.identifier, attrs: nonEmpty(op.attrs) }) };
    case 'file':
      return { file: present({ actions: op.actions.map(actionToJson) }) };
    case 'merge':
      return { merge: { inputs: op.inputs.map((input) => present({ input: int64(input) })) } };
    case 'diff':
      return {
        diff: {
          lower: present({ input: int64(op.lower) }),
          upper: present({ input: int64(op.upper) }),
        },
      };
    case 'build':
      return { build: present({ attrs: nonEmpty(op.attrs) }) };
    case 'terminal':
    case 'unknown':
      return {};
  }
}

function mountToJson(mount: Mount): ProtoJson {
  const { cache, secret, ssh, tmpfs } = mount;
  return present({
    input: int64(mount.input),
    selector: mount.selector,
    dest: mount.dest,
    output: int64(mount.output),
    readonly: mount.readonly,
    mountType: mount.type === 'bind' ? undefined : mount.type.toUpperCase(),
    TmpfsOpt: tmpfs && present({ size: int64(tmpfs.size) }),
    cacheOpt:
      cache &&
      present({
        ID: cache.id,
        sharing: cache.sharing === 'shared' ? undefined : cache.sharing.toUpperCase(),
      }),
    secretOpt: secret && secretOrSsh(secret),
    SSHOpt: ssh && secretOrSsh(ssh),
  });
}

function secretOrSsh({ id, uid, gid, mode, optional }: NonNullable<Mount['ssh']>): ProtoJson {
  return present({ ID: id, uid, gid, mode, optional });
}

function actionToJson(action: FileAction): ProtoJson {
  return present({
    input: int64(action.input),
    secondaryInput: int64(action.secondaryInput),
    output: int64(action.output),
    [action.action]: actionFields(action),
  });
}

function actionFields(action: FileAction): ProtoJson {
  switch (action.action) {
    case 'copy':
      return present({
        src: action.src,
        dest: action.dest,
        owner: ownerToJson(action.owner),
        mode: action.mode,
        followSymlink: action.followSymlink,
        dirCopyContents: action.dirCopyContents,
        attemptUnpackDockerCompatibility: action.attemptUnpack,
        createDestPath: action.createDestPath,
        allowWildcard: action.allowWildcard,
        allowEmptyWildcard: action.allowEmptyWildcard,
        timestamp: int64(action.timestamp),
        includePatterns: action.includePatterns,
        excludePatterns: action.excludePatterns,
        alwaysReplaceExistingDestPaths: action.alwaysReplaceExistingDestPaths,
        modeStr: action.modeStr,
        requiredPaths: action.requiredPaths,
      });
    case 'mkfile':
      return present({
        path: action.path,
        mode: action.mode,
        data: base64(action.data),
        owner: ownerToJson(action.owner),
        timestamp: int64(action.timestamp),
      });
    case 'mkdir':
      return present({
        path: action.path,
        mode: action.mode,
        makeParents: action.makeParents,
        owner: ownerToJson(action.owner),
        timestamp: int64(action.timestamp),
      });
    case 'rm':
      return present({
        path: action.path,
        allowNotFound: action.allowNotFound,
        allowWildcard: action.allowWildcard,
      });
    case 'symlink':
      return present({
        oldpath: action.oldPath,
        newpath: action.newPath,
        owner: ownerToJson(action.owner),
        timestamp: int64(action.timestamp),
      });
  }
}

function ownerToJson(owner: Owner | undefined): ProtoJson | undefined {
  return (
    owner &&
    present({
      user: owner.user && userToJson(owner.user),
      group: owner.group && userToJson(owner.group),
    })
  );
}

function userToJson(user: UserRef): ProtoJson {
  if (user.by === 'id') return { byID: user.id };
  return { byName: present({ name: user.name, input: int64(user.input) }) };
}

function int64(value: number | bigint): string | undefined {
  return Number(value) === 0 ? undefined : value.toString();
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function nonEmpty(map: Readonly<Record<string, string>>): ProtoJson | undefined {
  return Object.keys(map).length === 0 ? undefined : { ...map };
}

/** A message without its defaults; sub-messages stay even when empty. */
function present(fields: Fields): ProtoJson {
  const kept: [string, ProtoJson][] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined || value === '' || value === 0 || value === false) continue;
    if (Array.isArray(value) && value.length === 0) continue;
    kept.push([key, value]);
  }
  return Object.fromEntries(kept);
}
