/** RUN: a command in a container. */
import type { RunCommand } from '../instructions/command';
import { parseMount, type RunMount } from '../instructions/mounts';
import { caps } from '../llb/capabilities';
import { ExecVertex } from '../llb/exec';
import { FileVertex } from '../llb/file';
import { newState } from '../llb/state';
import { named } from '../llb/vertex';
import { chomp, tryHeredoc } from '../parser/heredoc';
import { toBytes } from '../text/bytes';
import { joinPath, trimSpace } from '../text/go';
import type { Environment } from '../words/environment';
import { originOf, type Conversion } from './conversion';
import { withShell } from './dispatch-settings';
import { expanderFor } from './expand';
import { hasFeature } from './frontend-features';
import { addLayerHistory, runHistory } from './history';
import { readMounts, type RunMounts } from './run-mounts';
import type { StageState } from './stage-state';
import { stepName, stepText } from './vertex-names';

const scriptFolder = '/dev/pipes/';

export function dispatchRun(
  conversion: Conversion,
  stage: StageState,
  command: RunCommand,
  sources: readonly StageState[],
): void {
  const { config, lexer } = conversion;
  const expand = expanderFor(conversion, stage, command);
  const flags = command.mounts.map(({ text }) => parseMount(text, expand));
  stage.use(stage, '/');

  const script = readScript(stage, command, config.options.frontendRelease);
  const args = command.shell ? withShell(stage.image, script.args) : script.args;
  const mounts = readMounts(conversion, stage, command, flags, sources);
  const hasDevices = command.devices.length > 0 && config.supports(caps.execMetaCdi);
  if (hasDevices && config.options.channel !== 'labs') {
    throw new Error('device feature is only supported in Dockerfile frontend 1.14.0-labs or later');
  }
  const { env, platform } = stage.state;
  const name = stepName(
    stage,
    stepText(command.code + script.summary, maskSecrets(env, flags), {
      ...lexer,
      rawQuotes: true,
      skipUnset: true,
    }),
    config.multiPlatform,
    platform,
    env,
  );
  const vertex = new ExecVertex(
    stage.state,
    {
      args,
      ...mounts,
      mounts: [...script.mounts, ...mounts.mounts, ...sharedMemory(conversion)],
      devices: hasDevices
        ? command.devices.map(({ name: device, required }) => ({
            name: device,
            optional: !required,
          }))
        : [],
      ...(conversion.proxyEnv && { proxyEnv: conversion.proxyEnv }),
      extraHosts: config.extraHosts,
      ulimits: config.supports(caps.execMetaUlimit) ? config.ulimits : [],
      cgroupParent: config.supports(caps.execMetaCgroupParent) ? config.cgroupParent : '',
      ...(command.network !== 'default' && { network: command.network }),
      security: command.security,
    },
    {
      description: {
        'com.docker.dockerfile.v1.command': command.code,
        'llb.customname': name,
      },
      ignoreCache: stage.ignoreCache,
      ...(config.linuxResources &&
        config.supports(caps.execMetaLinuxResources) && {
          linuxResources: config.linuxResources,
        }),
      locations: [command.place],
      origin: originOf(conversion, stage, command.node),
    },
  );
  stage.state = { ...stage.state, output: vertex };
  addLayerHistory(stage, `RUN ${runHistory(args, stage.buildArgs, env)}`);
}

type Script = {
  readonly args: readonly string[];
  readonly mounts: RunMounts['mounts'];
  /** What the vertex name adds about a heredoc. */
  readonly summary: string;
};

/** The command of a RUN, its heredocs put back in place. */
function readScript(stage: StageState, command: RunCommand, release: string | undefined): Script {
  const { args, files } = command;
  const [line = ''] = args;
  const [file] = files;
  if (file === undefined) return { args, mounts: [], summary: '' };
  if (args.length !== 1 || !command.shell) {
    throw new Error(`parsing produced an invalid run command: [${args.join(' ')}]`);
  }
  if (tryHeredoc(line) === undefined) {
    // The shell gets the documents to read them itself.
    const documents = files.map(({ data, name }) => `\n${data}${name}`);
    return { args: [line + documents.join('')], mounts: [], summary: '' };
  }
  const data = file.chomp ? chomp(file.data) : file.data;
  const head = hasFeature(release, 'chompedShebang') ? data : file.data;
  const summary = ` (${summarize(file.data)})`;
  if (stage.image.os === 'windows' || !head.startsWith('#!')) {
    return { args: [data], mounts: [], summary };
  }
  const vertex = new FileVertex(
    newState(),
    [{ step: 'mkfile', path: file.name, mode: 0o755, data: toBytes(data) }],
    named('[internal] preparing inline document'),
  );
  const mount = {
    target: scriptFolder,
    output: vertex,
    selector: '/',
    readonly: true,
    noOutput: false,
  };
  return { args: [joinPath(scriptFolder, file.name)], mounts: [mount], summary };
}

/** The first line of a document; `...` says that there are more. */
function summarize(document: string): string {
  const [first = '', ...others] = trimSpace(document).replaceAll('\r\n', '\n').split('\n');
  return others.length > 0 ? `${first}...` : first;
}

/** A secret's variable shows as stars in the vertex name. */
function maskSecrets(env: Environment, mounts: readonly RunMount[]): Environment {
  const names = new Set(
    mounts.flatMap((mount) =>
      mount.type === 'secret' && mount.env !== undefined ? [mount.env] : [],
    ),
  );
  if (names.size === 0) return env;
  return { get: (name) => (names.has(name) ? '****' : env.get(name)), keys: () => env.keys() };
}

function sharedMemory({ config }: Conversion): RunMounts['mounts'] {
  if (config.shmSize <= 0 || !config.supports(caps.execMountTmpfsSize)) return [];
  return [
    {
      target: '/dev/shm',
      output: undefined,
      selector: '',
      readonly: false,
      noOutput: false,
      tmpfs: { size: config.shmSize },
    },
  ];
}
