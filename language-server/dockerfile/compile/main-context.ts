/** The build context and the Dockerfile's own source. */
import type { SourceInfo } from '../../../proto/model/definition';
import { FileVertex } from '../llb/file';
import { marshalGraph } from '../llb/marshal-graph';
import { httpSource, localSource } from '../llb/source';
import { newState, type State } from '../llb/state';
import { named, type Output } from '../llb/vertex';
import { defaultPlatform } from '../names/platform';
import { basePath, compareBytes, dirPath, joinPath, parseBool, toLower } from '../text/go';
import { toBytes } from '../text/bytes';
import { sessionWith, type Config } from './config';
import { because } from './failure';
import { frontendInput } from './frontend-input';
import { gitContext } from './git-context';
import { ignorePatterns } from './ignore-file';

/** What a URL's content is called in its source op. */
const webContextName = 'context';
const localName = 'context';

export type MainContext = {
  /** Set when the context is not a folder of the client. */
  readonly remote?: State;
  /** The remote source that has a time of its own. */
  readonly source?: State;
  readonly isArchive: boolean;
  readonly filename: string;
  /** The source of the Dockerfile's text. */
  readonly dockerfile: Output;
};

/**
 * Reads where context and Dockerfile come from.
 * @throws Error with BuildKit's message.
 */
export function mainContext(config: Config): MainContext {
  const { attributes, options } = config;
  const url = attributes.get(attributes.get('contextkey') ?? 'context') ?? '';
  let filename = attributes.get('filename') ?? 'Dockerfile';
  let remote: State | undefined;
  let source: State | undefined;
  let dockerfile: State | undefined;
  let isArchive = false;
  const keepGitDir = parseBool(config.buildArgs.get('BUILDKIT_CONTEXT_KEEP_GIT_DIR') ?? '');
  const git = gitContext(url, {
    hostKeys: options.sshHostKeys,
    keepGitDir: keepGitDir === true,
    commitTimes: (config.buildArgs.get('SOURCE_DATE_EPOCH') ?? '') !== '',
  });
  if (git !== undefined) {
    remote = source = dockerfile = git;
  } else if (/^https?:\/\//.test(url)) {
    const info = named('[internal] load remote build context');
    source = newState(httpSource(url, webContextName, '', info));
    isArchive = options.contextArchive === true;
    remote = dockerfile = isArchive ? unpacked(source) : source;
    if (!isArchive) filename = webContextName;
  } else {
    const inputs = options.inputs ?? {};
    const { dockerfile: dockerfileInput, [localName]: contextInput } = inputs;
    if (dockerfileInput !== undefined) dockerfile = frontendInput(dockerfileInput);
    if (contextInput !== undefined) remote = frontendInput(contextInput);
  }
  const subdir = attributes.get('contextsubdir');
  if (remote !== undefined && subdir !== undefined) remote = scoped(remote, subdir);
  const forced = attributes.get('dockerfilekey');
  const output = forced === undefined ? dockerfile?.output : undefined;
  return {
    ...(remote && { remote }),
    ...(source && { source }),
    isArchive,
    filename,
    dockerfile: output ?? localDockerfile(config, filename, forced ?? 'dockerfile'),
  };
}

function unpacked(source: State): State {
  const step = {
    step: 'copy' as const,
    from: source,
    src: `/${webContextName}`,
    dest: '/',
    options: { attemptUnpack: true },
  };
  return newState(new FileVertex(newState(), [step], { description: {}, locations: [] }));
}

function scoped(context: State, subdir: string): State {
  const step = {
    step: 'copy' as const,
    from: context,
    src: subdir,
    dest: '/',
    options: { dirCopyContents: true },
  };
  return newState(new FileVertex(newState(), [step], { description: {}, locations: [] }));
}

function localDockerfile(config: Config, filename: string, name: string): Output {
  const followPaths = [filename, `${filename}.dockerignore`];
  if (basePath(filename) === 'Dockerfile') {
    followPaths.push(joinPath(dirPath(filename), toLower('Dockerfile')));
  }
  return localSource(
    name,
    {
      session: sessionWith(config, name),
      sharedKeyHint: name,
      followPaths,
      noDiffer: true,
    },
    named(`[internal] load build definition from ${filename}`),
  );
}

/** The Dockerfile as a source of a definition, with the ops that load it. */
export function dockerfileInfo(context: MainContext, text: string): SourceInfo {
  return {
    filename: context.filename,
    language: 'Dockerfile',
    // An editor asks for neither.
    get data() {
      return toBytes(text);
    },
    get definition() {
      const options = { platform: defaultPlatform, supports: () => true };
      return marshalGraph(context.dockerfile, options).definition;
    },
  };
}

/**
 * The patterns that the client does not send; none for a remote context.
 * @throws Error with BuildKit's message.
 */
export function contextIgnores(config: Config, context: MainContext): string[] {
  if (context.remote !== undefined) return [];
  const { dockerfileIgnore, dockerignore } = config.options;
  const name =
    dockerfileIgnore === undefined ? '.dockerignore' : `${context.filename}.dockerignore`;
  try {
    return ignorePatterns(dockerfileIgnore ?? dockerignore ?? '');
  } catch (error) {
    throw because(`failed parsing ${name}`, error);
  }
}

/** Where the main context's `.dockerignore` is read from, unless one beside the Dockerfile is used. */
export function contextIgnoreFile(config: Config, context: MainContext): Output | undefined {
  if (context.remote !== undefined || config.options.dockerfileIgnore !== undefined) {
    return undefined;
  }
  return ignoreFile(config, localName, localName, '[internal]');
}

/**
 * The `.dockerignore` of a local context.
 * @param keyHint what the context's own files are found again by
 * @param shown what stands before the text in a build's progress
 */
export function ignoreFile(config: Config, name: string, keyHint: string, shown: string): Output {
  return localSource(
    name,
    {
      session: sessionWith(config, name),
      sharedKeyHint: `${keyHint}-.dockerignore`,
      followPaths: ['.dockerignore'],
      noDiffer: true,
    },
    named(`${shown} load .dockerignore`),
  );
}

/** The build context's output, given the paths that the stages use of it. */
export function contextOutput(
  config: Config,
  context: MainContext,
  ignores: readonly string[],
  paths: ReadonlySet<string>,
): Output | undefined {
  if (context.remote !== undefined) return context.remote.output;
  return localSource(
    localName,
    {
      session: sessionWith(config, localName),
      sharedKeyHint: localName,
      excludePatterns: ignores,
      followPaths: followPathsOf(paths),
    },
    named('[internal] load build context'),
  );
}

/** Paths relative to the context, sorted; none when something uses all of it. */
export function followPathsOf(paths: ReadonlySet<string>): readonly string[] {
  if (paths.has('/')) return [];
  return [...paths].map((path) => joinPath('.', path)).sort(compareBytes);
}
