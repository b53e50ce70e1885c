/** SOURCE_DATE_EPOCH: a number, or the name of a source whose time counts. */
import type { AddCommand, ArgDefinition } from '../instructions/command';
import type { Stage } from '../instructions/stage';
import type { EnvList } from '../llb/env-list';
import { marshalGraph } from '../llb/marshal-graph';
import { httpSource, SourceVertex } from '../llb/source';
import { newState, type State } from '../llb/state';
import { checkDigest } from '../names/digest-text';
import { parseGitReference } from '../names/git-reference';
import { defaultPlatform } from '../names/platform';
import { equalFold } from '../text/go';
import { parseInteger } from '../text/go-numbers';
import { expandWord, type LexerOptions } from '../words/lexer';
import type { Config } from './config';
import { urlFilename } from './dispatch-copy';
import { at, because } from './failure';
import { hasFeature } from './frontend-features';
import { gitVertex } from './git-context';
import type { ImageLookup } from './image-lookup';
import { contextOutput, type MainContext } from './main-context';
import { findNamedContext } from './named-context';
import type { Unsupported } from './result';

type EpochInput = {
  readonly config: Config;
  readonly context: MainContext;
  readonly images: ImageLookup;
  readonly stages: readonly Stage[];
  readonly globalArgs: EnvList;
  readonly buildArgs: ReadonlyMap<string, string>;
  readonly lexer: LexerOptions;
  readonly unsupported: Unsupported[];
};

/**
 * The time in seconds; undefined where the value or its source has none.
 * @throws BuildFailure
 */
export async function resolveEpoch(value: string, input: EpochInput): Promise<bigint | undefined> {
  if (value === '') return undefined;
  try {
    return parseInteger(value, 10, 64);
  } catch (error) {
    if (!hasFeature(input.config.options.frontendRelease, 'epochSource')) {
      throw because(`invalid SOURCE_DATE_EPOCH: ${value}`, error);
    }
    const state = await epochSource(value, input);
    return state && sourceTime(state, input);
  }
}

async function epochSource(value: string, input: EpochInput): Promise<State | undefined> {
  const { config, context, images, stages } = input;
  if (value === 'context') {
    return context.remote ?? newState(contextOutput(config, context, [], new Set()));
  }
  const named = findNamedContext(config, value, undefined, undefined);
  if (named !== undefined) return (await named.load(images, () => new Set())).state;
  const stage = stages.find(({ from }) => equalFold(from.name, value));
  if (stage === undefined) throw new Error(`invalid SOURCE_DATE_EPOCH: ${value}`);
  try {
    return stageSource(stage, input);
  } catch (error) {
    throw at(error, stage.from.lines, stage.from.node.span);
  }
}

const needsRemote = 'SOURCE_DATE_EPOCH stage must contain exactly one remote ADD';

/** The one remote source of a stage that has nothing else. */
function stageSource({ from, commands }: Stage, input: EpochInput): State {
  const { buildArgs, lexer } = input;
  let env = input.globalArgs.delete('SOURCE_DATE_EPOCH');
  let base: string;
  try {
    base = expandWord(from.base, env, lexer).result;
  } catch (error) {
    throw because(`failed to process source stage base name "${from.base}"`, error);
  }
  if (base !== 'scratch') throw new Error('SOURCE_DATE_EPOCH stage must use FROM scratch');
  let source: State | undefined;
  for (const command of commands) {
    if (command.type === 'arg') {
      env = withArguments(env, command.definitions, buildArgs, lexer);
    } else if (command.type === 'add') {
      if (source !== undefined) throw new Error(needsRemote);
      source = addSource(command, env, input);
    } else {
      throw new Error(
        `SOURCE_DATE_EPOCH stage does not meet source-only requirements: unsupported ${command.keyword} instruction`,
      );
    }
  }
  if (source === undefined) throw new Error(needsRemote);
  return source;
}

function withArguments(
  start: EnvList,
  definitions: readonly ArgDefinition[],
  buildArgs: ReadonlyMap<string, string>,
  lexer: LexerOptions,
): EnvList {
  let env = start;
  for (const { key, value } of definitions) {
    const given = buildArgs.get(key);
    if (given !== undefined) env = env.set(key, given);
    else if (value !== undefined) env = env.set(key, expandWord(value, env, lexer).result);
  }
  return env;
}

function addSource(command: AddCommand, env: EnvList, { config, lexer }: EpochInput): State {
  const [written] = command.sources;
  if (command.contents.length > 0 || command.sources.length !== 1 || written === undefined) {
    throw new Error(`${needsRemote} source`);
  }
  const source = expandWord(written, env, lexer).result;
  const checksum = (): string => expandWord(command.checksum, env, lexer).result;
  const unnamed = { description: {}, locations: [] };
  if (/^https?:\/\//.test(source) && !isGit(source)) {
    const checked = command.checksum === '' ? '' : checkDigest(checksum());
    return newState(httpSource(source, urlFilename(source), checked, unnamed));
  }
  const git = parseGitReference(source);
  if (git === undefined || git.looksLocal) {
    throw new Error('SOURCE_DATE_EPOCH stage source must be a single HTTP(S) or Git ADD');
  }
  const options = {
    keepGitDir: command.keepGitDir === true || git.keepGitDir === true,
    checksum: command.checksum === '' ? git.checksum : checksum(),
    hostKeys: config.options.sshHostKeys,
  };
  return newState(gitVertex({ ...git, mtime: '', fetchByCommit: false }, options, unnamed));
}

/** A git URL with a bad query counts as a plain one here: an oddity of BuildKit's. */
function isGit(source: string): boolean {
  try {
    return parseGitReference(source) !== undefined;
  } catch {
    return false;
  }
}

/** The time of a source: as the options tell, else as its server does. */
async function sourceTime(
  state: State,
  { config, context, images, unsupported }: EpochInput,
): Promise<bigint | undefined> {
  const { definition } = marshalGraph(state.output, {
    platform: defaultPlatform,
    supports: config.supports,
  });
  const sources = definition.ops.flatMap(({ op }) => (op.op.kind === 'source' ? [op.op] : []));
  const [source] = sources;
  if (source === undefined || sources.length > 1) return undefined;
  const { identifier, attrs } = source;
  const isGit = identifier.startsWith('git://');
  if (!isGit && !/^https?:\/\//.test(identifier)) return undefined;
  const known = config.options.sourceMeta?.[identifier] ?? {};
  const told = isGit ? known.gitCommitTime : known.httpLastModified;
  if (told !== undefined) return BigInt(told);
  const isContext = state.output === context.source?.output;
  if (!isGit && isContext && !context.isArchive) return undefined;
  if (!isGit) {
    // BuildKit makes it anew of identifier and attributes, without a name and capabilities.
    const plain = { description: {}, locations: [] };
    images.noteRead(identifier, new SourceVertex(identifier, attrs, [], plain));
  }
  const times = known.tarMtimes ?? [];
  if (!isGit && times.length > 0) return BigInt(Math.max(...times));
  const time = await (images.sources?.time({ identifier, attributes: attrs }) ?? 'unknown');
  if (time !== 'unknown') return time;
  unsupported.push({
    feature: 'SOURCE_DATE_EPOCH from a source',
    message: `The time of ${identifier} is known only to its server, so this build has none here.`,
  });
  return undefined;
}
