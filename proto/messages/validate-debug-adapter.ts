/** Guards of what our debug adapter says beyond DAP. */
import type {
  BuildWarningBody,
  EndEventBody,
  GraphEventBody,
  LogResponseBody,
  PatchEventBody,
  PositionEventBody,
  ShellEventBody,
} from './debug-adapter';
import { arrayOf, isCount, isNumber, isString, object, oneOf } from './validate';
import { isBuildGraph, isGraphPatch } from './validate-graph';

export const isGraphEventBody = object<GraphEventBody>({
  buildId: isString,
  seq: isCount,
  graph: isBuildGraph,
  source: object<GraphEventBody['source']>(
    { path: isString, hash: isString },
    { version: isNumber },
  ),
});

export const isPatchEventBody = object<PatchEventBody>({
  buildId: isString,
  seq: isCount,
  patch: isGraphPatch,
});

export const isEndEventBody = object<EndEventBody>(
  { buildId: isString, outcome: oneOf('succeeded', 'failed', 'cancelled') },
  {
    message: isString,
    warnings: arrayOf(
      object<BuildWarningBody>({
        text: isString,
        url: isString,
        filename: isString,
        lines: arrayOf(isNumber),
      }),
    ),
  },
);

export const isPositionEventBody = object<PositionEventBody>({
  buildId: isString,
  threads: arrayOf(
    object<PositionEventBody['threads'][number]>(
      {
        id: isCount,
        name: isString,
        state: oneOf('held', 'running', 'waiting', 'stopped', 'finished'),
      },
      { digest: isString, line: isCount },
    ),
  ),
});

export const isShellEventBody = object<ShellEventBody>({ title: isString, linkFile: isString });

export const isLogResponseBody = object<LogResponseBody>({ text: isString, next: isCount });
