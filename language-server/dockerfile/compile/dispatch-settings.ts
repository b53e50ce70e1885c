/** Instructions that change the image's settings and make no op of their own. */
import type {
  ArgDefinition,
  CmdCommand,
  Command,
  EntrypointCommand,
  EnvCommand,
  HealthcheckCommand,
  KeyValue,
  LabelCommand,
} from '../instructions/command';
import { rules } from '../lint/rules';
import { withEnv } from '../llb/state';
import { quoteList } from '../text/go';
import type { Span } from '../text/span';
import type { Conversion } from './conversion';
import type { Handlers } from './handlers';
import { buildOnlyArguments, expanderFor, type Expander } from './expand';
import { hasFeature } from './frontend-features';
import { GrowingList } from './growing-list';
import { addHistory, formatHealthcheck, quotedHealthcheck } from './history';
import type { ImageConfig } from './image-config';
import { checkSignal } from './signals';
import type { StageState } from './stage-state';

type SettingHandlers = Omit<Handlers, 'run' | 'workdir' | 'expose' | 'copy' | 'add'>;

export const settingHandlers: SettingHandlers = {
  env(conversion, stage, command) {
    const linter = conversion.linter.above(command.comments);
    const pairs = expandPairs(command, expanderFor(conversion, stage, command));
    for (const [index, { key, value, legacy }] of pairs.entries()) {
      if (legacy) lintLegacy(conversion, command);
      lintSecret(conversion, command, linter, 'ENV', key, index);
      stage.state = withEnv(stage.state, key, value);
      stage.setImage({ env: stage.image.env.set(key, value) });
    }
    addHistory(stage, `ENV ${joinPairs(pairs)}`);
  },
  label(conversion, stage, command) {
    const pairs = expandPairs(command, expanderFor(conversion, stage, command));
    for (const { legacy } of pairs) if (legacy) lintLegacy(conversion, command);
    const labels = pairs.map(({ key, value }) => [key, value] as const);
    stage.setImage({ labels: stage.image.labels?.with(labels) ?? GrowingList.of(labels) });
    addHistory(stage, `LABEL ${joinPairs(pairs)}`);
  },
  maintainer(_conversion, stage, { maintainer }) {
    stage.setImage({ author: maintainer });
    addHistory(stage, `MAINTAINER ${maintainer}`);
  },
  onbuild(_conversion, stage, { expression }) {
    stage.setImage({ onBuild: [...stage.image.onBuild, expression] });
  },
  cmd(conversion, stage, command) {
    lintUsedOnce(conversion, stage, command);
    const cmd = commandOf(conversion, stage, command);
    stage.setImage({ cmd });
    stage.setImage({ argsEscaped: true });
    addHistory(stage, `CMD ${quoteList(cmd)}`);
  },
  entrypoint(conversion, stage, command) {
    lintUsedOnce(conversion, stage, command);
    const entrypoint = commandOf(conversion, stage, command);
    // The base image's CMD is meant for its own entrypoint.
    const cmd = stage.lastOf.has('cmd') ? stage.image.cmd : [];
    stage.setImage({ entrypoint });
    stage.setImage({ cmd });
    addHistory(stage, `ENTRYPOINT ${quoteList(entrypoint)}`);
  },
  healthcheck(conversion, stage, command) {
    lintUsedOnce(conversion, stage, command);
    stage.setImage({ healthcheck: command.health });
    addHistory(stage, `HEALTHCHECK ${healthcheckText(conversion, command)}`);
  },
  user(conversion, stage, command) {
    const user = expanderFor(conversion, stage, command)(command.user);
    stage.state = { ...stage.state, user };
    stage.setImage({ user });
    addHistory(stage, `USER ${user}`);
  },
  volume(conversion, stage, command) {
    const paths = command.volumes.map(expanderFor(conversion, stage, command));
    if (paths.includes('')) throw new Error('VOLUME specified can not be an empty string');
    stage.setImage({ volumes: stage.image.volumes?.with(paths) ?? GrowingList.of(paths) });
    addHistory(stage, `VOLUME [${paths.join(' ')}]`);
  },
  stopsignal(conversion, stage, command) {
    const stopSignal = expanderFor(conversion, stage, command)(command.signal);
    checkSignal(stopSignal);
    stage.setImage({ stopSignal });
    addHistory(stage, `STOPSIGNAL ${stopSignal}`);
  },
  shell(_conversion, stage, { shell }) {
    stage.setImage({ shell });
    addHistory(stage, `SHELL [${shell.join(' ')}]`);
  },
  arg(conversion, stage, command) {
    const linter = conversion.linter.above(command.comments);
    const expand = expanderFor(conversion, stage, command);
    const texts = command.definitions.map((definition, index) => {
      lintSecret(conversion, command, linter, 'ARG', definition.key, index);
      const resolved = resolveArgument(conversion, definition, expand);
      noteArgument(stage, resolved, command.lines);
      return resolved.value === undefined ? definition.key : `${definition.key}=${resolved.value}`;
    });
    addHistory(stage, `ARG ${texts.join(' ')}`);
  },
};

type ResolvedArgument = {
  readonly definition: ArgDefinition;
  readonly value: string | undefined;
  /** The value is a global ARG's, which has its own entry in the outline. */
  readonly isGlobal: boolean;
};

/** A build argument wins over the default, and a global ARG counts only where neither is. */
function resolveArgument(
  { buildArgs, globalArgs }: Conversion,
  definition: ArgDefinition,
  expand: Expander,
): ResolvedArgument {
  const { key, value: fallback } = definition;
  const given = buildArgs.get(key);
  if (given !== undefined) return { definition, value: given, isGlobal: false };
  if (fallback !== undefined) return { definition, value: expand(fallback), isGlobal: false };
  const value = globalArgs.get(key);
  return { definition, value, isGlobal: value !== undefined };
}

function noteArgument(
  stage: StageState,
  { definition, value, isGlobal }: ResolvedArgument,
  lines: Command['lines'],
): void {
  const { key, description } = definition;
  if (value !== undefined && !buildOnlyArguments.has(key)) {
    stage.state = withEnv(stage.state, key, value);
  }
  const { outline } = stage;
  if (!isGlobal) {
    const info = { definition, value: value ?? '', dependencies: new Set<string>(), lines };
    outline.setArg(key, info);
  }
  outline.usedArgs.add(key);
  stage.buildArgs = [
    ...stage.buildArgs,
    { key, description, ...(value !== undefined && { value }) },
  ];
}

/** All words of one instruction see the environment before it. */
function expandPairs(command: EnvCommand | LabelCommand, expand: Expander): KeyValue[] {
  return command.pairs.map(({ key, value, legacy }) => ({
    key: expand(key),
    value: expand(value),
    legacy,
  }));
}

function joinPairs(pairs: readonly KeyValue[]): string {
  return pairs.map(({ key, value }) => `${key}=${value}`).join(' ');
}

function commandOf(
  conversion: Conversion,
  stage: StageState,
  command: CmdCommand | EntrypointCommand,
): readonly string[] {
  if (!command.shell) return command.args;
  if (stage.image.shell.length === 0) {
    const rule = rules.jsonArgsRecommended;
    conversion.linter.above(command.comments).report(rule, rule.detail(command.keyword), {
      lines: command.lines,
      spans: command.node.words,
    });
  }
  return withShell(stage.image, command.args);
}

/** A shell form: the image's shell, and the command as one word. */
export function withShell(image: ImageConfig, args: readonly string[]): string[] {
  const fallback = image.os === 'windows' ? ['cmd', '/S', '/C'] : ['/bin/sh', '-c'];
  return [...(image.shell.length > 0 ? image.shell : fallback), args.join(' ')];
}

/** Only the last one counts, so the earlier one is pointed at. */
function lintUsedOnce(
  conversion: Conversion,
  stage: StageState,
  command: CmdCommand | EntrypointCommand | HealthcheckCommand,
): void {
  const earlier = stage.lastOf.get(command.type);
  if (earlier !== undefined) {
    const rule = rules.multipleInstructionsDisallowed;
    conversion.linter.above(command.comments).report(rule, rule.detail(command.keyword), {
      lines: earlier.lines,
      spans: [earlier.node.keywordSpan],
    });
  }
  stage.lastOf.set(command.type, command);
}

function lintLegacy(conversion: Conversion, command: EnvCommand | LabelCommand): void {
  const rule = rules.legacyKeyValueFormat;
  conversion.linter.above(command.comments).report(rule, rule.detail(command.keyword), {
    lines: command.lines,
    spans: command.node.words,
  });
}

/** The name in `NAME=value`, not its value. */
function keySpans({ node }: Command, index: number): readonly Span[] {
  const word = node.words[index];
  if (word === undefined) return [];
  const equals = word.text.indexOf('=');
  const { start, end } = word;
  return [{ start, end: equals < 0 || end - start !== word.text.length ? end : start + equals }];
}

function healthcheckText({ config }: Conversion, { health }: HealthcheckCommand): string {
  return hasFeature(config.options.frontendRelease, 'readableHealthcheck')
    ? formatHealthcheck(health)
    : quotedHealthcheck(health);
}

const secretWords =
  /(?:_|^)(?:apikey|auth|credential|credentials|key|password|pword|passwd|secret|token)(?:_|$)/i;
const harmlessWords = /(?:_|^)(?:public|file|version)(?:_|$)/i;
const onlyPublic = /(?:_|^)public(?:_|$)/i;

function lintSecret(
  { config }: Conversion,
  command: Command,
  linter: Conversion['linter'],
  instruction: 'ARG' | 'ENV',
  key: string,
  index: number,
): void {
  const harmless = hasFeature(config.options.frontendRelease, 'fileAndVersionNames')
    ? harmlessWords
    : onlyPublic;
  if (!secretWords.test(key) || harmless.test(key)) return;
  const rule = rules.secretsUsedInArgOrEnv;
  linter.report(rule, rule.detail(instruction, key), {
    lines: command.lines,
    spans: keySpans(command, index),
  });
}
