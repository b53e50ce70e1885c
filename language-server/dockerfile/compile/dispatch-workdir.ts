/** WORKDIR: a folder for what follows, made where it is missing. */
import type { WorkdirCommand } from '../instructions/command';
import { rules } from '../lint/rules';
import { FileVertex, parseOwner } from '../llb/file';
import { withDir } from '../llb/state';
import { isAbsolute, normalizeWorkdir, toSlash } from '../names/os-path';
import { originOf, type Conversion } from './conversion';
import { expanderFor } from './expand';
import { because } from './failure';
import { addHistory } from './history';
import type { StageState } from './stage-state';
import { stepName, stepText } from './vertex-names';

/** Sets the folder; gives it with forward slashes. Throws Error with BuildKit's message. */
export function setWorkdir(stage: StageState, path: string): string {
  let workingDir: string;
  try {
    workingDir = normalizeWorkdir(stage.image.workingDir, path, stage.os);
  } catch (error) {
    throw because('normalizing workdir', error);
  }
  stage.setImage({ workingDir });
  const dir = toSlash(workingDir, stage.os);
  stage.state = withDir(stage.state, dir);
  return dir;
}

const nanoseconds = 1_000_000_000n;

export function dispatchWorkdir(
  conversion: Conversion,
  stage: StageState,
  command: WorkdirCommand,
): void {
  const path = expanderFor(conversion, stage, command)(command.path);
  if (!stage.workdirSet && !isAbsolute(path, stage.os)) {
    const rule = rules.workdirRelativePath;
    conversion.linter.above(command.comments).report(rule, rule.detail(path), {
      lines: command.lines,
      spans: command.node.words,
    });
  }
  stage.workdirSet = true;
  const dir = setWorkdir(stage, path);
  if (dir === '/') {
    addHistory(stage, `WORKDIR ${dir}`);
    return;
  }
  const { env } = stage.state;
  const { user } = stage.image;
  const name = stepName(
    stage,
    stepText(command.code, env, conversion.lexer),
    conversion.config.multiPlatform,
    stage.knownPlatform,
    env,
  );
  const vertex = new FileVertex(
    stage.state,
    [
      {
        step: 'mkdir',
        path: dir,
        mode: 0o755,
        makeParents: true,
        ...(user !== '' && { owner: parseOwner(user) }),
        ...(stage.epoch !== undefined && {
          timestamp: BigInt.asIntN(64, stage.epoch * nanoseconds),
        }),
      },
    ],
    {
      description: { 'llb.customname': name },
      locations: [command.place],
      origin: originOf(conversion, stage, command.node),
    },
  );
  stage.state = { ...stage.state, output: vertex };
  addHistory(stage, `WORKDIR ${dir}`, true);
}
