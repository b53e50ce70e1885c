/** Servers whose host keys BuildKit writes into the ops of git sources over SSH. */
import { cut } from '../text/go';
import type { CompileOptions } from './options';
import type { CompileResult, PlatformResult, Unsupported } from './result';

/** The servers whose host keys BuildKit writes into the ops of a build. */
export function sshHosts({ results, partial }: CompileResult): string[] {
  const all = [...results, ...(partial === undefined ? [] : [partial])];
  return [...new Set(all.flatMap(({ definition }) => sshSources(definition).map(hostOf)))];
}

export function sshSources({ ops }: PlatformResult['definition']): string[] {
  const found: string[] = [];
  for (const { op } of ops) {
    const { op: source } = op;
    if (source.kind !== 'source') continue;
    if (source.attrs['git.mountsshsock'] !== undefined) found.push(source.identifier);
  }
  return found;
}

/** Of `git://host/path`. */
function hostOf(identifier: string): string {
  return cut(identifier.slice('git://'.length), '/')[0];
}

/** SSH servers that nobody has asked for their host keys. */
export function unknownSshHosts(
  { definition }: PlatformResult,
  { sshHostKeys }: CompileOptions,
): Unsupported[] {
  return sshSources(definition)
    .filter((identifier) => sshHostKeys?.[hostOf(identifier)] === undefined)
    .map((identifier) => ({
      feature: 'git over SSH',
      message: `BuildKit adds the host keys of ${identifier} to its digest; they are not known here.`,
    }));
}
