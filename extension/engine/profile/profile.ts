/**
 * Build profiles from outside: checked, and made absolute.
 *
 * A profile comes from launch.json, the CLI's `--options` or an editor; every mistake in it is
 * answered with a sentence that says what to change.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { isAddress, isRemoteContext } from '../../../language-server/dockerfile-options';
import { detectSyntax } from '../../../language-server/dockerfile/parser/directives';
import { isInstallablesFile } from '../../../language-server/installables/document-text';
import type { SecretSource } from '../../../proto/messages/build-profile';
import {
  findManifest,
  LayoutError,
  readIndex,
} from '../../../proto/client/session/content/oci-index';
import type { UploadSource } from '../../../proto/client/session/upload-service';
import type { LaunchAttributes } from '../../../proto/messages/debug-adapter';
import {
  DecodeError,
  type Decoder,
  either,
  list,
  object,
  oneOf,
  table,
  text,
  truth,
  whole,
} from './decode';

/** The profile is wrong; the message says what to change. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
}

const secretFile = object({ id: text, file: text }, {});
const secretEnv = object({ id: text, env: text }, {});
const secret: Decoder<SecretSource> = (value, path) => {
  try {
    return either(secretFile, secretEnv)(value, path);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new DecodeError(`"${path}" must be {"id", "file"} or {"id", "env"}`);
  }
};

const attributes: Decoder<LaunchAttributes> = object(
  {},
  {
    file: text,
    context: text,
    target: text,
    buildArgs: table(text),
    labels: table(text),
    platforms: list(text),
    contexts: table(text),
    secrets: list(secret),
    noCache: either(list(text), truth),
    networkMode: oneOf('default', 'none', 'host'),
    extraHosts: list(text),
    hostname: text,
    shmSize: text,
    ulimits: list(text),
    resources: list(text),
    cgroupParent: text,
    imageResolveMode: oneOf('default', 'pull', 'local'),
    builder: text,
    outputs: list(text),
    tags: list(text),
    attests: list(text),
    annotations: list(text),
    cacheFrom: list(text),
    cacheTo: list(text),
    ssh: list(text),
    allow: list(text),
    sourcePolicy: text,
    noDebug: truth,
    stopOnEntry: truth,
    derivation: text,
    installables: list(text),
    substituters: list(text),
    trustedPublicKeys: list(text),
    requireSignatures: truth,
    tools: text,
    toolsFolder: text,
    sandboxShell: text,
    nixImage: text,
    stopAt: whole,
    openShell: truth,
    targets: (value, path) => table(attributes)(value, path),
    bake: object({ target: text }, { files: list(text) }),
    history: text,
  },
);

/** The known attributes of `value`; others are ignored. @throws ProfileError */
export function parseProfile(value: unknown): LaunchAttributes {
  try {
    return attributes(value, '');
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new ProfileError(`The build profile ${error.message}.`);
  }
}

/** What is built, with absolute paths. */
export type ResolvedProfile = LaunchAttributes & {
  /** Content stores of contexts that are OCI layouts: the daemon's id for them → folder. */
  readonly stores?: Readonly<Record<string, string>>;
  /** One node's part of a build on several: its result is an index even of one platform. */
  readonly isShare?: boolean;
  /** Other builds that contexts name as `target:NAME`. */
  readonly linked?: Readonly<Record<string, ResolvedProfile>>;
  /** Streams that the daemon pulls from us, such as a context on standard input. */
  readonly uploads?: Readonly<Record<string, UploadSource>>;
  readonly source:
    | { readonly kind: 'dockerfile'; readonly file: string; readonly context: string }
    /** Marshalled LLB; local sources read `context` where "contexts" names no other folder. */
    | { readonly kind: 'llb'; readonly file: string; readonly context: string }
    /** The Dockerfile lies in the remote context too; `file` is its path there. */
    | { readonly kind: 'remote'; readonly file: string; readonly context: string }
    /** `context`: the folder that holds inputs and sources, where it is not the file's own. */
    | { readonly kind: 'derivation'; readonly file: string; readonly context?: string }
    /** A document that says what image to make of which derivations. */
    | { readonly kind: 'installables'; readonly file: string };
};

/**
 * Paths made absolute against `cwd`, defaults filled in, and files and folders checked.
 * @throws ProfileError when nothing to build is named, or it is not there
 */
export async function resolveProfile(
  profile: LaunchAttributes,
  cwd: string,
): Promise<ResolvedProfile> {
  return resolved(profile, cwd, []);
}

/** @param within the targets that led here, outermost first */
async function resolved(
  profile: LaunchAttributes,
  cwd: string,
  within: readonly string[],
): Promise<ResolvedProfile> {
  const linked = await linkedProfiles(profile, cwd, within);
  const secrets = await Promise.all((profile.secrets ?? []).map((one) => checkedSecret(one, cwd)));
  const { contexts, stores: own } = await checkedContexts(profile.contexts ?? {}, cwd);
  const stores = Object.fromEntries(
    [...Object.values(linked).map((one) => one.stores ?? {}), own].flatMap(Object.entries<string>),
  );
  const sourcePolicy =
    profile.sourcePolicy === undefined ? undefined : resolve(cwd, profile.sourcePolicy);
  if (sourcePolicy !== undefined) {
    await requireFile(sourcePolicy, 'The source policy', 'change "sourcePolicy"');
  }
  const common = {
    ...profile,
    ...(profile.secrets === undefined ? {} : { secrets }),
    ...(profile.contexts === undefined ? {} : { contexts, stores }),
    ...(Object.keys(linked).length === 0 ? {} : { linked }),
    ...(sourcePolicy === undefined ? {} : { sourcePolicy }),
  };
  if (profile.derivation !== undefined) {
    const file = resolve(cwd, profile.derivation);
    await requireFile(file, 'The derivation', 'set "derivation" to a .drv file');
    return { ...common, source: await derivationSource(profile, file, cwd) };
  }
  const { context: where, file: name = 'Dockerfile' } = profile;
  const remote = where !== undefined && (await isRemote(where, cwd)) ? where : undefined;
  if (remote !== undefined && !isAbsolute(name)) {
    return { ...common, source: { kind: 'remote', file: name, context: remote } };
  }
  const file = await dockerfilePath(profile, remote !== undefined, cwd);
  await requireFile(file, 'The Dockerfile', 'set "file" to the Dockerfile to build');
  if (file.endsWith('.drv')) {
    return { ...common, source: await derivationSource(profile, file, cwd) };
  }
  if (isInstallablesFile(file) && !(await namesFrontend(file))) {
    return { ...common, source: { kind: 'installables', file } };
  }
  if (/\.(pb|llb)$/.test(file)) {
    const context = resolve(cwd, profile.context ?? dirname(file));
    return { ...common, source: { kind: 'llb', file, context } };
  }
  if (remote !== undefined) {
    return { ...common, source: { kind: 'dockerfile', file, context: remote } };
  }
  const context = resolve(cwd, where ?? dirname(file));
  await requireFolder(context, 'The build context', 'set "context" to a folder');
  return { ...common, source: { kind: 'dockerfile', file, context } };
}

/** A folder with the name of a repository (`github.com/a/b`) is the folder, as `docker build` has it. */
async function isRemote(context: string, cwd: string): Promise<boolean> {
  if (!isRemoteContext(context)) return false;
  try {
    return !(await stat(resolve(cwd, context))).isDirectory();
  } catch {
    return true;
  }
}

/** Whether a file's first lines give it to a frontend, which then builds it as `docker build` has it. */
async function namesFrontend(file: string): Promise<boolean> {
  return detectSyntax(await readFile(file, 'utf8')) !== undefined;
}

/** The builds that contexts name, and those that theirs name. @throws ProfileError */
async function linkedProfiles(
  { contexts = {}, targets = {} }: LaunchAttributes,
  cwd: string,
  within: readonly string[],
): Promise<Readonly<Record<string, ResolvedProfile>>> {
  const linked: Record<string, ResolvedProfile> = {};
  for (const [context, value] of Object.entries(contexts)) {
    if (!value.startsWith('target:')) continue;
    const name = value.slice('target:'.length);
    const target = targets[name];
    if (target === undefined) {
      throw new ProfileError(
        `The context "${context}" is another target of a Bake file (${value}), which one build ` +
          'alone does not have; name a folder, an image or an address in "contexts".',
      );
    }
    if (within.includes(name)) {
      throw new ProfileError(`The targets ${[...within, name].join(', ')} name one another.`);
    }
    linked[name] ??= await resolved({ ...target, targets }, cwd, [...within, name]);
  }
  return linked;
}

async function derivationSource(
  { context }: LaunchAttributes,
  file: string,
  cwd: string,
): Promise<ResolvedProfile['source']> {
  if (context === undefined) return { kind: 'derivation', file };
  const folder = resolve(cwd, context);
  await requireFolder(folder, 'The store folder', 'set "context" to where inputs and sources lie');
  return { kind: 'derivation', file, context: folder };
}

async function dockerfilePath(
  profile: LaunchAttributes,
  isRemote: boolean,
  cwd: string,
): Promise<string> {
  if (profile.file !== undefined && profile.file !== '') {
    return usualSpelling(resolve(cwd, profile.file));
  }
  if (profile.context !== undefined && !isRemote) {
    return usualSpelling(resolve(cwd, profile.context, 'Dockerfile'));
  }
  throw new ProfileError(
    'Nothing to build: set "file" to a Dockerfile, or "derivation" to a .drv file.',
  );
}

/** Where there is no `Dockerfile` but a `dockerfile`, that is meant, as `docker build` has it. */
async function usualSpelling(path: string): Promise<string> {
  if (basename(path) !== 'Dockerfile') return path;
  try {
    const names = await readdir(dirname(path));
    const lower = !names.includes('Dockerfile') && names.includes('dockerfile');
    return lower ? join(dirname(path), 'dockerfile') : path;
  } catch {
    return path;
  }
}

async function checkedSecret(secret: SecretSource, cwd: string): Promise<SecretSource> {
  if (!('file' in secret)) return secret;
  const file = resolve(cwd, secret.file);
  await requireFile(
    file,
    `The file of secret "${secret.id}"`,
    'create it or change "secrets" in the build profile',
  );
  return { id: secret.id, file };
}

async function checkedContexts(
  contexts: Readonly<Record<string, string>>,
  cwd: string,
): Promise<{ contexts: Record<string, string>; stores: Record<string, string> }> {
  const out: Record<string, string> = {};
  const stores: Record<string, string> = {};
  for (const [name, value] of Object.entries(contexts)) {
    if (value.startsWith('oci-layout://')) {
      const layout = await ociLayout(name, value, cwd);
      out[name] = layout.context;
      stores[`oci:${layout.store}`] = layout.folder;
      continue;
    }
    if (isAddress(value)) {
      out[name] = value;
      continue;
    }
    const folder = resolve(cwd, value);
    await requireFolder(folder, `The folder of context "${name}"`, 'change "contexts"');
    out[name] = folder;
  }
  return { contexts: out, stores };
}

/**
 * `oci-layout://FOLDER[:TAG][@DIGEST]` as BuildKit wants it: the folder under a name that the
 * session lends, the image by its digest.
 */
async function ociLayout(name: string, value: string, cwd: string) {
  const [, path = '', tag = 'latest', given] =
    /^oci-layout:\/\/([^@]*?)(?::([^:/@]+))?(?:@(.+))?$/.exec(value) ?? [];
  const folder = resolve(cwd, path);
  await requireFolder(folder, `The OCI layout of context "${name}"`, 'change "contexts"');
  // The same folder has the same name in every build, so that the build's steps stay comparable.
  const store = createHash('sha256').update(folder).digest('hex').slice(0, 25);
  const digest = given ?? (await layoutDigest(name, folder, tag));
  return { folder, store, context: `oci-layout://${store}:${tag}@${digest}` };
}

async function layoutDigest(name: string, folder: string, tag: string): Promise<string> {
  try {
    const manifests = await readIndex(folder);
    const found =
      (await findManifest(folder, tag)) ?? (manifests.length === 1 ? manifests[0] : undefined);
    if (found !== undefined) return found.digest;
  } catch (error) {
    if (!(error instanceof LayoutError)) throw error;
    throw new ProfileError(`The OCI layout of context "${name}" cannot be read: ${error.message}.`);
  }
  throw new ProfileError(
    `The OCI layout of context "${name}" has no image under the tag "${tag}": ${folder}; ` +
      'add :TAG or @DIGEST.',
  );
}

async function requireFile(path: string, what: string, remedy: string): Promise<void> {
  const found = await lookAt(path, what, remedy);
  if (!found.isFile()) throw new ProfileError(`${what} is not a file: ${path}; ${remedy}.`);
}

async function requireFolder(path: string, what: string, remedy: string): Promise<void> {
  const found = await lookAt(path, what, remedy);
  if (!found.isDirectory()) throw new ProfileError(`${what} is not a folder: ${path}; ${remedy}.`);
}

async function lookAt(path: string, what: string, remedy: string) {
  try {
    return await stat(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EACCES' || code === 'EPERM') {
      throw new ProfileError(`${what} cannot be read: ${path}; check its permissions.`);
    }
    throw new ProfileError(`${what} does not exist: ${path}; ${remedy}.`);
  }
}
