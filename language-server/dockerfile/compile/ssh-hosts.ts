/** Servers whose host keys BuildKit writes into the ops of git sources over SSH. */
import type { Op, SourceOp } from '../../../proto/model/op';
import { cut } from '../text/go';
import type { CompileOptions } from './options';
import type { CompileResult, PlatformResult, Unsupported } from './result';

/** The servers whose host keys BuildKit writes into the ops of a build. */
export function sshHosts({ results, partial }: CompileResult): string[] {
  const all = [...results, ...(partial === undefined ? [] : [partial])];
  return [...new Set(all.flatMap(({ definition }) => sshSources(definition).map(hostOf)))];
}

export function sshSources({ ops }: PlatformResult['definition']): SshSource[] {
  const found: SshSource[] = [];
  for (const { op } of ops) if (isSshSource(op)) found.push(op);
  return found;
}

type SshSource = Op & { readonly op: SourceOp };

export function isSshSource(op: Op): op is SshSource {
  return op.op.kind === 'source' && op.op.attrs['git.mountsshsock'] !== undefined;
}

/** Of `git://host/path`. */
export function hostOf({ op: { identifier } }: SshSource): string {
  return cut(identifier.slice('git://'.length), '/')[0];
}

/** SSH servers that nobody has asked for their host keys. */
export function unknownSshHosts(
  { definition }: PlatformResult,
  { sshHostKeys }: CompileOptions,
): Unsupported[] {
  return sshSources(definition)
    .filter((source) => sshHostKeys?.[hostOf(source)] === undefined)
    .map(({ op: { identifier } }) => ({
      feature: 'git over SSH',
      message: `BuildKit adds the host keys of ${identifier} to its digest; they are not known here.`,
    }));
}
