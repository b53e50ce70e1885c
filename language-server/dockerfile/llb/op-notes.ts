/** What a definition says of an op besides its bytes. */
import type { OpMetadata, SourceLocation } from '../../../proto/model/definition';
import { lineList, type Lines } from '../text/span';
import type { Capability } from './capabilities';
import type { MarshalledVertex, VertexInfo } from './vertex';

export const noMetadata: OpMetadata = { ignoreCache: false, description: {}, caps: [] };

/** Whether two vertices have the same effect on what the whole definition says and needs. */
export function sayAsMuch({ notes: a }: MarshalledVertex, { notes: b }: MarshalledVertex): boolean {
  return (
    (a.locations.length === 0) === (b.locations.length === 0) &&
    a.metadata.ignoreCache === b.metadata.ignoreCache &&
    hasEntries(a.metadata.description) === hasEntries(b.metadata.description)
  );
}

export function hasEntries(object: Readonly<Record<string, string>>): boolean {
  for (const _key in object) return true;
  return false;
}

export function locationOf(lines: Lines | undefined): SourceLocation {
  const ranges = (lines === undefined ? [] : lineList(lines)).map((line) => {
    const place = { line, character: 0 };
    return { start: place, end: place };
  });
  return { sourceIndex: 0, ranges };
}

export function metadataOf(info: VertexInfo, needed: readonly Capability[]): OpMetadata {
  const { progressGroup, linuxResources } = info;
  return {
    ignoreCache: info.ignoreCache === true,
    description: info.description,
    caps: [...new Set<string>(needed)].sort(),
    ...(progressGroup && { progressGroup }),
    ...(linuxResources && { linuxResources }),
  };
}

/** What comes later wins. */
export function merged(known: OpMetadata, next: OpMetadata): OpMetadata {
  return {
    ...known,
    ...next,
    ignoreCache: known.ignoreCache || next.ignoreCache,
    description: { ...known.description, ...next.description },
    caps: [...new Set([...known.caps, ...next.caps])].sort(),
  };
}
