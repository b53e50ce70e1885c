/** A step that failed: what BuildKit says of it, and what a shell in it needs. */
import type { BuildkitError } from '../../../proto/client/buildkit-error';
import type { SourceRange } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import { explain } from './explain';
import type { Step } from '../debug/steps';

export type StepFailure = {
  /** BuildKit's text, with a remedy where we know one: e.g. `process "/bin/sh -c false" did not complete successfully: exit code: 1`. */
  readonly message: string;
  readonly digest?: Digest;
  /** Result ids by mount of the op; empty where a mount has none. Only for steps that ran. */
  readonly mountIds: readonly string[];
  /** Result ids by input of the op. */
  readonly inputIds: readonly string[];
  readonly exitCode?: number;
  /** The places BuildKit names, outermost last. */
  readonly places: readonly {
    readonly filename: string;
    readonly ranges: readonly SourceRange[];
  }[];
};

export function stepFailure(error: BuildkitError): StepFailure {
  const { details } = error;
  return {
    message: explain(error),
    ...(details.vertex === undefined ? {} : { digest: details.vertex }),
    mountIds: details.solve?.mountIds ?? [],
    inputIds: details.solve?.inputIds ?? [],
    ...(details.exit === undefined ? {} : { exitCode: details.exit.code }),
    places: details.sources.map(({ filename, ranges }) => ({ filename, ranges })),
  };
}

/** The step that failed: by its vertex, else by the first place named that a step covers. */
export function failedStep(steps: readonly Step[], failure: StepFailure): Step | undefined {
  const byVertex = steps.find((step) => step.ops.some((one) => one.digest === failure.digest));
  if (byVertex !== undefined) return byVertex;
  const line = failure.places[0]?.ranges[0]?.start.line;
  return line === undefined
    ? undefined
    : steps.find((step) => step.firstLine <= line && line <= step.lastLine);
}
