/** `llb-lens image`: an OCI image from what Nix would install, built by BuildKit. */
import { buildImage } from '../engine/derivation/image/build-image';
import { evaluate } from '../engine/derivation/evaluation/evaluate';
import type { ImageConfig } from '../engine/derivation/image/image-config';
import { cacheSettings } from './cache-options';
import type { Console } from './console';
import { CliError, ExitCode } from './exit-code';
import type { ImageCommandFlags } from './image-options';
import { progressDisplay } from './progress/display';

export async function image(
  names: readonly string[],
  flags: ImageCommandFlags,
  to: Console,
  signal: AbortSignal,
): Promise<number> {
  const layers = layerCount(flags.layers);
  const config = configOf(flags);
  const { file, storeDir, builder, tools, toolsFolder, sandboxShell, nixImage } = flags;
  const whereToBuild = {
    ...(builder === undefined ? {} : { builder }),
    ...(tools === undefined ? {} : { tools }),
  };
  const evaluating = progressDisplay(flags, to);
  const installables = await evaluate(names, {
    ...whereToBuild,
    ...(file === undefined ? {} : { file }),
    ...(nixImage === undefined ? {} : { nixImage }),
    cwd: process.cwd(),
    env: process.env,
    events: evaluating.events,
    signal,
  }).finally(() => evaluating.end());
  const display = progressDisplay(flags, to);
  const end = await buildImage({
    installables,
    config,
    links: flags.links,
    copies: flags.copies,
    ...(layers === undefined ? {} : { layers }),
    ...(storeDir === undefined ? {} : { storeDir }),
    profile: {
      tags: [...flags.tag],
      outputs: [...flags.output],
      ...whereToBuild,
      ...(toolsFolder === undefined ? {} : { toolsFolder }),
      ...(sandboxShell === undefined ? {} : { sandboxShell }),
      ...cacheSettings(flags),
    },
    cwd: process.cwd(),
    env: process.env,
    events: display.events,
    signal,
  }).finally(() => display.end());
  if (end.outcome === 'cancelled') return ExitCode.interrupted;
  if (end.outcome === 'failed')
    throw new CliError(ExitCode.failed, end.message ?? 'the build failed');
  const digest = end.exported.get('containerimage.digest');
  if (flags.json) {
    const exported = Object.fromEntries(end.exported);
    await to.out(`${JSON.stringify({ outcome: end.outcome, exported }, undefined, 2)}\n`);
  } else if (digest !== undefined) await to.out(`${digest}\n`);
  return ExitCode.good;
}

function layerCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  // Docker takes no more layers than 127.
  if (Number.isInteger(count) && count >= 1 && count <= 127) return count;
  throw new CliError(ExitCode.usage, `--layers ${text}: give a number from 1 to 127`);
}

function configOf(flags: ImageCommandFlags): ImageConfig {
  const labels = Object.fromEntries(
    flags.label.map((text): [string, string] => {
      const at = text.indexOf('=');
      return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
    }),
  );
  const { entrypoint, cmd, workdir, user, env, expose, volume } = flags;
  for (const each of env) {
    if (!/^[^=]+=/.test(each)) throw new CliError(ExitCode.usage, `--env ${each}: give NAME=value`);
  }
  for (const each of expose) {
    if (/^\d{1,5}(?:-\d{1,5})?(?:\/(?:tcp|udp|sctp))?$/.test(each)) continue;
    throw new CliError(ExitCode.usage, `--expose ${each}: give a port, e.g. 80 or 53/udp`);
  }
  return {
    env,
    ...(entrypoint === undefined ? {} : { entrypoint: commandWords(entrypoint) }),
    ...(cmd === undefined ? {} : { cmd: commandWords(cmd) }),
    ...(workdir === undefined ? {} : { workingDir: workdir }),
    ...(user === undefined ? {} : { user }),
    ...(flags.label.length === 0 ? {} : { labels }),
    ...(expose.length === 0
      ? {}
      : { exposedPorts: expose.map((port) => (port.includes('/') ? port : `${port}/tcp`)) }),
    ...(volume.length === 0 ? {} : { volumes: volume }),
  };
}

/** A JSON list of words as in a Dockerfile, or one word that is a program. */
function commandWords(text: string): readonly string[] {
  if (!text.startsWith('[')) return [text];
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  } catch {
    // The message below says what is wanted.
  }
  throw new CliError(ExitCode.usage, `${text} is no JSON list of strings`);
}
