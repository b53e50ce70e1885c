/** Commands become ops and image settings: one handler for each instruction. */
import type { Command } from '../instructions/command';
import { cut, joinPath, quote } from '../text/go';
import { defaultPathVariable } from '../names/os-path';
import { withEnv } from '../llb/state';
import type { Conversion } from './conversion';
import { dispatchCopy } from './dispatch-copy';
import { dispatchRun } from './dispatch-run';
import { settingHandlers } from './dispatch-settings';
import { dispatchWorkdir, setWorkdir } from './dispatch-workdir';
import { dispatchExpose } from './expose';
import { at, BuildFailure } from './failure';
import type { Handler, Handlers } from './handlers';
import type { StageCommand, StageState } from './stage-state';

const handlers: Handlers = {
  ...settingHandlers,
  run: dispatchRun,
  workdir: dispatchWorkdir,
  expose: dispatchExpose,
  copy(conversion, stage, command, sources) {
    const [source] = sources;
    if (source !== undefined && !source.dispatched) {
      throw new BuildFailure(
        `cannot copy from stage ${quote(command.from)}, it needs to be defined before current stage ${quote(stage.name)}`,
        [],
        command.node.flags.find((flag) => flag.name === 'from'),
      );
    }
    const expanded = dispatchCopy(conversion, stage, command, source);
    const used = source === undefined ? stage.contextPaths : source.paths;
    for (const path of expanded) used.add(joinPath('/', path));
  },
  add(conversion, stage, command) {
    for (const path of dispatchCopy(conversion, stage, command, undefined)) {
      if (!/^https?:\/\//.test(path)) stage.contextPaths.add(joinPath('/', path));
    }
  },
};

/**
 * Runs all stages that the build needs, in the order of the file.
 * @throws BuildFailure
 */
export function dispatchStages(conversion: Conversion, reachable: ReadonlySet<StageState>): void {
  for (const stage of conversion.stages.all) {
    const needed = conversion.allStages || (reachable.has(stage) && !stage.dispatched);
    if (needed) dispatchStage(conversion, stage);
  }
}

function dispatchStage(conversion: Conversion, stage: StageState): void {
  stage.inherit();
  stage.dispatched = true;
  stage.platform ??= stage.knownPlatform;
  startFromImage(conversion, stage);
  for (const command of stage.commands) dispatchCommand(conversion, stage, command);
}

function startFromImage(conversion: Conversion, stage: StageState): void {
  const hasPath = stage.image.env.some((pair) => cut(pair, '=')[0] === 'PATH');
  if (!hasPath && stage.os !== 'windows') {
    const env = [...stage.image.env, `PATH=${defaultPathVariable(stage.os)}`];
    stage.image.env = env;
  }
  for (const pair of stage.image.env) {
    const [key, value] = cut(pair, '=');
    stage.state = withEnv(stage.state, key, value);
  }
  const { hostname, network } = conversion.config;
  if (hostname !== '') stage.state = { ...stage.state, hostname };
  const { workingDir, user } = stage.image;
  if (workingDir !== '') {
    try {
      setWorkdir(stage, workingDir);
    } catch (error) {
      throw at(error, stage.lines, stage.source.from?.node.words[0]);
    }
  }
  if (user !== '') stage.state = { ...stage.state, user };
  stage.state = { ...stage.state, network };
}

function dispatchCommand(
  conversion: Conversion,
  stage: StageState,
  { command, sources, isOnBuild }: StageCommand,
): void {
  stage.commandIsOnBuild = isOnBuild;
  try {
    handle(conversion, stage, command, sources);
  } catch (error) {
    throw at(error, command.lines, isOnBuild ? undefined : command.node.span);
  }
}

// The type parameter ties the handler to its command; there is no other way to say it.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
function handle<T extends Command['type']>(
  conversion: Conversion,
  stage: StageState,
  command: Extract<Command, { type: T }>,
  sources: readonly StageState[],
): void {
  const handler: Handler<Extract<Command, { type: T }>> = handlers[command.type];
  handler(conversion, stage, command, sources);
}
