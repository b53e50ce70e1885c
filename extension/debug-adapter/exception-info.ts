/** What is known of a stop at a failure, a warning, or a hit or miss of the cache. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import {
  IgnoreMatcher,
  ignorePatterns,
} from '../../language-server/dockerfile/compile/ignore-file';
import type { DefinitionOp } from '../../proto/model/definition';
import { cleanPath } from '../../proto/patterns/clean-path';
import { failureHint } from '../engine/failure/failure-hints';
import type { StepFailure } from '../engine/failure/step-failure';
import { opOf } from '../engine/debug/site';
import type { WalkStop } from '../engine/debug/walk';
import { RequestError } from './connection';
import type { LiveBuild } from './live-build';
import { siteOf } from './stops';

/** Lines of the output that are told. */
const tailLines = 20;

export async function exceptionInfoOf(
  build: LiveBuild,
  stop: WalkStop,
): Promise<DebugProtocol.ExceptionInfoResponse['body']> {
  const { cause, failure, statement } = stop;
  if (cause.reason !== 'exception') throw new RequestError('The build has not failed here.');
  if (failure === undefined) {
    const name = cause.description ?? 'exception';
    return {
      exceptionId: name.toLowerCase(),
      description: cause.text ?? name,
      breakMode: 'always',
    };
  }
  const { message, exitCode } = failure;
  const output = tail(build.job.log(failure.digest ?? statement.step?.digest ?? '', 0).text);
  const entry = opOf(siteOf(stop));
  const hint = await failureHint({
    message,
    exitCode,
    output,
    op: entry?.op,
    ignoredBy: (path) =>
      entry !== undefined && copiesFromContext(build, entry)
        ? ignoredBy(build, path)
        : Promise.resolve(undefined),
  });
  const description = [message, ...(hint === undefined ? [] : [hint])].join('\n');
  return {
    exceptionId: exitCode === undefined ? 'failed' : `exit code ${exitCode}`,
    description,
    breakMode: 'always',
    details: {
      message,
      typeName: statement.text,
      ...(failure.digest === undefined ? {} : { fullTypeName: failure.digest }),
      ...(output === '' ? {} : { stackTrace: output }),
      innerException: typedDetails(stop, failure),
    },
  };
}

/** What BuildKit's error says in types and not in words: code, places, what it kept of the step. */
function typedDetails(stop: WalkStop, failure: StepFailure): DebugProtocol.ExceptionDetails[] {
  const { exitCode, places, mountIds, inputIds } = failure;
  const operation = opOf(siteOf(stop))?.op.op;
  const mounts = operation?.kind === 'exec' ? operation.mounts : [];
  const kept = mounts.flatMap(({ dest }, index) => ((mountIds[index] ?? '') === '' ? [] : [dest]));
  const inputs = inputIds.filter((id) => id !== '').length;
  const details: readonly (readonly [string, readonly string[]])[] = [
    ['Exit code', exitCode === undefined ? [] : [String(exitCode)]],
    ['Source', places.map(placeText)],
    ['Mounts kept', kept],
    ['Inputs kept', inputs === 0 ? [] : [String(inputs)]],
  ];
  return details.flatMap(([typeName, texts]) =>
    texts.length === 0 ? [] : [{ typeName, message: texts.join(', ') }],
  );
}

/** `Dockerfile:3-5`. */
function placeText({ filename, ranges }: StepFailure['places'][number]): string {
  const lines = ranges.flatMap(({ start, end }) => [start.line, end.line]);
  const [first, last] = [Math.min(...lines), Math.max(...lines)];
  if (lines.length === 0) return filename;
  return `${filename}:${first === last ? first : `${first}-${last}`}`;
}

function tail(text: string): string {
  return text.trimEnd().split('\n').slice(-tailLines).join('\n');
}

function copiesFromContext({ job }: LiveBuild, { digest, op }: DefinitionOp): boolean {
  const ops = job.definitionOf(digest)?.ops ?? [];
  return op.inputs.some((input) => {
    const source = ops.find((one) => one.digest === input.digest)?.op.op;
    return source?.kind === 'source' && source.identifier === 'local://context';
  });
}

/** The ignore file that keeps a path of the context out, where the path is there. */
async function ignoredBy({ profile, input }: LiveBuild, path: string): Promise<string | undefined> {
  const { source } = profile;
  if (source.kind !== 'dockerfile') return undefined;
  try {
    await stat(join(source.context, path));
  } catch {
    return undefined;
  }
  const own = `${input.path}.dockerignore`;
  for (const file of [own, join(source.context, '.dockerignore')]) {
    const patterns = await readFile(file, 'utf8').catch(() => undefined);
    if (patterns === undefined) continue;
    const inside = cleanPath(path).replace(/^\//, '');
    if (!new IgnoreMatcher(ignorePatterns(patterns)).ignores(inside)) return undefined;
    return file === own ? 'the Dockerfile’s own .dockerignore' : '.dockerignore';
  }
  return undefined;
}
