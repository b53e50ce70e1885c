/** COPY and ADD: files from the context, a stage, a URL, a repository or the Dockerfile itself. */
import type { AddCommand, CopyCommand } from '../instructions/command';
import { rules } from '../lint/rules';
import { caps } from '../llb/capabilities';
import { FileVertex, parseOwner, type CopyOptions, type FileStep } from '../llb/file';
import { MergeVertex } from '../llb/merge';
import { httpSource } from '../llb/source';
import { newState, type State } from '../llb/state';
import { named, type Output, type VertexInfo } from '../llb/vertex';
import { checkDigest } from '../names/digest-text';
import { parseGitReference, type GitReference } from '../names/git-reference';
import { parseGoUrl } from '../names/go-url';
import { isAbsolute, normalizePath, toSlash, withoutDrive } from '../names/os-path';
import { toBytes } from '../text/bytes';
import { basePath, cleanPath, cut, joinPath, quote } from '../text/go';
import { originOf, type Conversion } from './conversion';
import { expanderFor } from './expand';
import { because } from './failure';
import { hasFeature, type FrontendFeature } from './frontend-features';
import { BuildFailure } from './failure';
import { gitVertex } from './git-context';
import type { CompileOptions } from './options';
import { addLayerHistory } from './history';
import type { StageState } from './stage-state';
import { stepName, stepPrefix, stepText } from './vertex-names';

/** A command with its variables expanded. */
type Expanded = {
  readonly command: AddCommand | CopyCommand;
  readonly sources: readonly string[];
  readonly contents: CopyCommand['contents'];
  readonly dest: string;
  readonly chown: string;
  readonly chmod: string;
  readonly checksum: string;
};

/** What the sources of one ADD share; a git URL's own options stick to those after it. */
type AddOptions = {
  checksum: string;
  keepGitDir: boolean | undefined;
  readonly hostKeys: CompileOptions['sshHostKeys'];
};

/**
 * Adds a COPY or ADD to a stage. Gives the expanded source paths.
 * @throws Error with BuildKit's message.
 */
export function dispatchCopy(
  conversion: Conversion,
  stage: StageState,
  command: AddCommand | CopyCommand,
  from: StageState | undefined,
): readonly string[] {
  const expanded = expandCopy(conversion, stage, command);
  if (command.type === 'copy' && from?.dispatched === false) {
    throw new BuildFailure(
      `cannot copy from stage ${quote(command.from)}, it needs to be defined before current stage ${quote(stage.name)}`,
      [],
      command.node.flags.find((flag) => flag.name === 'from'),
    );
  }
  const { sources, contents, chown, chmod } = expanded;
  const dest = destination(stage, expanded.dest);
  const common: CopyOptions = {
    ...(chown !== '' && { owner: parseOwner(chown) }),
    ...(command.excludes.length > 0 && { excludePatterns: command.excludes }),
    ...(chmod !== '' && { mode: parseMode(chmod) }),
    createDestPath: true,
  };
  checkChecksum(expanded);
  const { env } = stage.state;
  const { multiPlatform } = conversion.config;
  const text = stepText(command.code, env, conversion.lexer);
  const name = stepName(stage, text, multiPlatform, stage.knownPlatform, env);
  const add: AddOptions = {
    checksum: expanded.checksum,
    keepGitDir: command.type === 'add' ? command.keepGitDir : undefined,
    hostKeys: conversion.config.options.sshHostKeys,
  };
  const steps: FileStep[] = [];
  for (const source of sources) {
    const git = parseGitReference(source);
    if (git !== undefined && !git.looksLocal) {
      steps.push(gitStep(command, git, add, name, dest, common));
    } else if (isHttp(source)) {
      steps.push(httpStep(command, source, add, name, dest, common));
    } else {
      if (from === undefined) lintIgnored(conversion, command, source);
      const state = from?.state ?? conversion.contextState;
      steps.push(pathStep(stage, command, state, source, dest, common));
    }
  }
  for (const content of contents) {
    steps.push(contentStep(stage, content.path, content.data, dest, common));
  }
  apply(conversion, stage, command, steps, { name, text, chmod });
  addLayerHistory(stage, historyText(expanded));
  return sources;
}

function expandCopy(
  conversion: Conversion,
  stage: StageState,
  command: AddCommand | CopyCommand,
): Expanded {
  const expand = expanderFor(conversion, stage, command);
  const chown = expand(command.chown);
  const chmod = expand(command.chmod);
  const checksum = command.type === 'add' ? expand(command.checksum) : '';
  const sources = command.sources.map(expand);
  const dest = expand(command.dest);
  // Documents keep their quotes, and their escape character is always a backslash.
  const expandRaw = expanderFor(conversion, stage, command, { escape: '\\', skipQuotes: true });
  const contents = command.contents.map((content) =>
    content.expand ? { ...content, data: expandRaw(content.data) } : content,
  );
  return { command, sources, contents, dest, chown, chmod, checksum };
}

/** Where the files go, seen from the stage's folder. */
function destination(stage: StageState, written: string): string {
  let path: string;
  try {
    path = withoutDrive(written, stage.os, true);
  } catch (error) {
    throw because('removing drive letter', error);
  }
  if (isAbsolute(path, stage.os)) return normalizePath('/', path, stage.os, true);
  // An empty destination is the current folder, not the root.
  const relative = path === '' || path === '.' ? './' : path;
  return normalizePath(stage.state.dir, relative, stage.os, true);
}

const symbolicMode = /^[augo]*(?:[-+=][rstwXxugo]*)+(?:,[augo]*(?:[-+=][rstwXxugo]*)+)*$/;

/** An octal number up to 07777 or a symbolic mode such as `u+x`. */
function parseMode(text: string): number | string {
  const notOctal = `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`;
  if (/^[0-9]/.test(text)) {
    const mode = /^[0-7]+$/.test(text) ? parseInt(text, 8) : Infinity;
    if (mode > 0o7777) throw new Error(notOctal);
    return mode;
  }
  if (!symbolicMode.test(text)) throw new Error('invalid syntax');
  return text;
}

function checkChecksum({ command, sources, checksum }: Expanded): void {
  if (checksum === '') return;
  if (command.type !== 'add') throw new Error("checksum can't be specified for COPY");
  const [source = ''] = sources;
  if (sources.length !== 1) throw new Error("checksum can't be specified for multiple sources");
  if (!isHttp(source) && !isGit(source)) {
    throw new Error('checksum requires HTTP(S) or Git sources');
  }
}

/** A git source by its form, whatever its query says. */
function isGit(source: string): boolean {
  try {
    return parseGitReference(source) !== undefined;
  } catch {
    return false; // A git URL with a bad query; BuildKit reports it where it reads the source.
  }
}

function isHttp(source: string): boolean {
  return /^https?:\/\//.test(source) && !isGit(source);
}

function gitStep(
  command: AddCommand | CopyCommand,
  git: GitReference,
  add: AddOptions,
  name: string,
  dest: string,
  options: CopyOptions,
): FileStep {
  if (command.type !== 'add') throw new Error("source can't be a git ref for COPY");
  if (git.keepGitDir !== undefined) {
    if (add.keepGitDir !== undefined && add.keepGitDir !== git.keepGitDir) {
      throw new Error('inconsistent keep-git-dir configuration');
    }
    add.keepGitDir = git.keepGitDir;
  }
  if (git.checksum !== '') {
    if (add.checksum !== '' && add.checksum !== git.checksum) {
      throw new Error(`checksum mismatch ${quote(add.checksum)} != ${quote(git.checksum)}`);
    }
    add.checksum = git.checksum;
  }
  const { checksum, keepGitDir = false, hostKeys } = add;
  // The time policy counts for a build context only.
  const vertex = gitVertex({ ...git, mtime: '' }, { keepGitDir, checksum, hostKeys }, named(name));
  return { step: 'copy', from: newState(vertex), src: '/', dest, options };
}

function httpStep(
  command: AddCommand | CopyCommand,
  url: string,
  add: AddOptions,
  name: string,
  dest: string,
  options: CopyOptions,
): FileStep {
  if (command.type !== 'add') throw new Error("source can't be a URL for COPY");
  const filename = urlFilename(url);
  const checksum = add.checksum === '' ? '' : checkDigest(add.checksum);
  const vertex = httpSource(url, filename, checksum, {
    description: { 'com.docker.dockerfile.v1.command': '', 'llb.customname': name },
    locations: [],
  });
  const attemptUnpack = command.unpack === true;
  return {
    step: 'copy',
    from: newState(vertex),
    src: filename,
    dest,
    options: { ...options, attemptUnpack },
  };
}

/** The last part of a URL's path. */
export function urlFilename(url: string): string {
  try {
    const base = basePath(parseGoUrl(url).path);
    if (base !== '.' && base !== '/') return base;
  } catch {
    // Not a URL for Go; BuildKit then has no name either.
  }
  return '__unnamed__';
}

function pathStep(
  stage: StageState,
  command: AddCommand | CopyCommand,
  from: State,
  written: string,
  dest: string,
  options: CopyOptions,
): FileStep {
  const normalize = (path: string): string => {
    try {
      return normalizePath('/', path, stage.os, false);
    } catch (error) {
      throw because('removing drive letter', error);
    }
  };
  let source = written;
  const parents: { includePatterns?: string[]; requiredPaths?: string[] } = {};
  if (command.type === 'copy' && command.parents) {
    // `a/./b/c` keeps b/c; without a pivot the whole path is kept.
    const [before, after, hasPivot] = cut(written, '/./');
    source = hasPivot ? before : '/';
    const pattern = normalize(hasPivot ? after : written);
    parents.includePatterns = [pattern.replace(/^\//, '')];
    if (!hasWildcards(source) && !hasWildcards(pattern)) {
      parents.requiredPaths = [normalize(joinPath(source, pattern))];
    }
  }
  const unpack = command.type === 'add' ? (command.unpack ?? true) : false;
  return {
    step: 'copy',
    from,
    src: normalize(source),
    dest,
    options: {
      ...options,
      ...parents,
      followSymlink: true,
      dirCopyContents: true,
      attemptUnpack: unpack,
      allowWildcard: true,
      allowEmptyWildcard: true,
    },
  };
}

function hasWildcards(path: string): boolean {
  return /[*?[]/.test(path.replace(/\\[^]?/g, ''));
}

function contentStep(
  stage: StageState,
  path: string,
  data: string,
  dest: string,
  options: CopyOptions,
): FileStep {
  let file: string;
  try {
    file = withoutDrive(path, stage.os, false);
  } catch (error) {
    throw because('removing drive letter', error);
  }
  const vertex = new FileVertex(
    newState(),
    [{ step: 'mkfile', path: file, mode: 0o644, data: toBytes(data) }],
    named('[internal] preparing inline document'),
  );
  return { step: 'copy', from: newState(vertex), src: toSlash(file, stage.os), dest, options };
}

/** Puts the steps on top of the stage, or beside it for `--link`. */
function apply(
  conversion: Conversion,
  stage: StageState,
  command: AddCommand | CopyCommand,
  steps: readonly FileStep[],
  { name, text, chmod }: { name: string; text: string; chmod: string },
): void {
  const { config } = conversion;
  const info: VertexInfo = {
    description: { 'llb.customname': name },
    locations: [command.place],
    ignoreCache: stage.ignoreCache,
    origin: originOf(conversion, stage, command.node),
  };
  // With --chmod a link silently becomes a plain copy.
  const links = command.link && chmod === '' && config.supports(caps.mergeOp);
  stage.state = links
    ? link(conversion, stage, steps, info, text)
    : { ...stage.state, output: new FileVertex(stage.state, steps, info) };
}

function link(
  { config }: Conversion,
  stage: StageState,
  steps: readonly FileStep[],
  info: VertexInfo,
  text: string,
): State {
  const { env } = stage.state;
  const prefix = stepPrefix(stage, config.multiPlatform, stage.knownPlatform, env);
  // Both ops show as one step; the id only has to differ from those of other steps.
  const group = { id: `${stage.name} ${stage.commandIndex} ${text}`, name: prefix + text };
  const copy = new FileVertex(newState(), steps, {
    ...info,
    progressGroup: { ...group, weak: true },
  });
  const base: Output | undefined = stage.state.output;
  const output =
    base === undefined
      ? copy
      : new MergeVertex([base, copy], {
          ...info,
          description: { 'llb.customname': `${prefix}LINK ${text}` },
          progressGroup: { ...group, weak: false },
        });
  return { ...stage.state, output };
}

function lintIgnored(
  { linter, ignoreMatcher, config }: Conversion,
  command: AddCommand | CopyCommand,
  source: string,
): void {
  // Exceptions are too hard to judge by a path alone.
  const has = (feature: FrontendFeature) => hasFeature(config.options.frontendRelease, feature);
  if (ignoreMatcher === undefined) return;
  if (ignoreMatcher.hasExceptions && has('ignoreExceptions')) return;
  const path = has('copyIgnoredFile') ? cleanPath(source) : source;
  const isRoot = path === '.' || path === '/';
  if (isRoot && !ignoreMatcher.ignoresRoot && has('ignoredContextRoot')) return;
  if (!ignoreMatcher.ignores(path)) return;
  const rule = { ...rules.copyIgnoredFile, experimental: !has('copyIgnoredFile') };
  const verb = command.type === 'add' ? 'Add' : 'Copy';
  linter.above(command.comments).report(rule, rule.detail(verb, path), {
    lines: command.lines,
    spans: command.node.words.filter((word) => word.text === source),
  });
}

function historyText({ command, sources, contents, dest, chown, chmod }: Expanded): string {
  const words = [command.type === 'add' ? 'ADD' : 'COPY'];
  if (command.type === 'copy' && command.parents) words.push('--parents');
  if (chown !== '') words.push(`--chown=${chown}`);
  if (chmod !== '') words.push(`--chmod=${chmod}`);
  words.push(...sources, ...contents.map(({ path }) => `<<${path}`), dest);
  return words.join(' ');
}
