/** Arguments that exist before any stage: platform arguments, global ARGs, proxies. */
import type { ExecMeta, Platform } from '../../../proto/model/op';
import type { ArgCommand } from '../instructions/command';
import { EnvList } from '../llb/env-list';
import { formatPlatform, formatPlatformAll } from '../names/platform';
import { compareBytes, equalFold } from '../text/go';
import { expandWord, type LexerOptions } from '../words/lexer';
import { at } from './failure';
import { Failures } from './failures';
import type { ArgInfo } from './outline-capture';

/** BUILDPLATFORM, TARGETARCH and so on; build arguments of the same names win. */
export function platformArguments(
  build: Platform,
  target: Platform,
  stage: string,
  overrides: ReadonlyMap<string, string>,
): EnvList {
  const defaults: readonly (readonly [string, string])[] = [
    ['BUILDPLATFORM', formatPlatform(build)],
    ['BUILDOS', build.os],
    ['BUILDOSVERSION', build.osVersion ?? ''],
    ['BUILDARCH', build.architecture],
    ['BUILDVARIANT', build.variant ?? ''],
    ['TARGETPLATFORM', formatPlatformAll(target)],
    ['TARGETOS', target.os],
    ['TARGETOSVERSION', target.osVersion ?? ''],
    ['TARGETARCH', target.architecture],
    ['TARGETVARIANT', target.variant ?? ''],
    ['TARGETSTAGE', stage === '' ? 'default' : stage],
  ];
  return defaults.reduce(
    (env, [key, value]) => env.set(key, overrides.get(key) ?? value),
    EnvList.empty(),
  );
}

export type GlobalArguments = {
  readonly env: EnvList;
  readonly infos: ReadonlyMap<string, ArgInfo>;
};

/**
 * The ARGs before the first FROM.
 * @throws BuildFailure for a default that cannot be expanded, unless failures are recovered.
 */
export function globalArguments(
  start: EnvList,
  commands: readonly ArgCommand[],
  buildArgs: ReadonlyMap<string, string>,
  lexer: LexerOptions,
  failures = new Failures(false),
): GlobalArguments {
  let env = start;
  const infos = new Map<string, ArgInfo>();
  for (const { definitions, lines, node } of commands) {
    for (const definition of definitions) {
      const { key } = definition;
      let value = buildArgs.get(key);
      const dependencies = new Set<string>();
      if (value === undefined && definition.value !== undefined) {
        try {
          const expansion = expandWord(definition.value, env, lexer);
          value = expansion.result;
          for (const name of expansion.matched) dependencies.add(name);
        } catch (error) {
          failures.meet(at(error, lines, node.span));
        }
        // An argument made of its own older value needs what that was made of.
        if (dependencies.delete(key)) {
          for (const name of infos.get(key)?.dependencies ?? []) dependencies.add(name);
        }
      }
      if (value !== undefined) env = env.set(key, value);
      infos.set(key, { definition, value: value ?? '', dependencies, lines });
    }
  }
  return { env, infos };
}

/** The proxy settings among the build arguments, in any case; of two the later in byte order wins. */
export function proxyEnvironment(
  buildArgs: ReadonlyMap<string, string>,
): ExecMeta['proxyEnv'] | undefined {
  const find = (name: string): string | undefined =>
    [...buildArgs]
      .filter(([key]) => equalFold(key, name))
      .sort(([a], [b]) => compareBytes(a, b))
      .at(-1)?.[1];
  const values = {
    httpProxy: find('http_proxy'),
    httpsProxy: find('https_proxy'),
    ftpProxy: find('ftp_proxy'),
    noProxy: find('no_proxy'),
    allProxy: find('all_proxy'),
  };
  if (Object.values(values).every((value) => value === undefined)) return undefined;
  return {
    httpProxy: values.httpProxy ?? '',
    httpsProxy: values.httpsProxy ?? '',
    ftpProxy: values.ftpProxy ?? '',
    noProxy: values.noProxy ?? '',
    allProxy: values.allProxy ?? '',
  };
}
