/** The results a frontend made, out of the gateway's several forms of saying so. */
import type { Result } from '../../../proto/generated/gateway';
import { definitionFromPb } from '../../../proto/model/unmarshal';
import type { Definition } from '../../../proto/model/definition';
import type { BuildResult } from '../input/build-input';

/** A build of nothing (`FROM scratch` alone) has a result without ops. */
const nothing: Definition = {
  ops: [],
  metadata: new Map(),
  locations: new Map(),
  sources: [],
};

/** One entry for each platform; in the order of their ids, since the wire's map has none. */
export function resultsOf(result: Result): BuildResult[] {
  if (result.refs !== undefined) {
    return [...result.refs.refs]
      .map(([id, ref]) => buildResult(id, ref))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }
  return [buildResult('', result.ref)];
}

function buildResult(id: string, ref: Result['ref']): BuildResult {
  let definition: Definition | undefined;
  return {
    id,
    // Not before somebody asks: a build that only runs has no use for it.
    get definition() {
      return (definition ??= ref?.def === undefined ? nothing : definitionFromPb(ref.def));
    },
    ...(ref === undefined || ref.id === '' ? {} : { ref: ref.id }),
  };
}
