/** What a step did to the files of the state before it. */
import type { Gateway } from '../../proto/client/gateway';
import type { LayerChange, LayerEntry } from '../../proto/messages/webview';
import { changesBetween } from '../engine/files/changes';
import { type FileEntry, noFiles, resultFiles } from '../engine/files/files';

/** What is to be known of a step besides its result; refs of the gateway. */
export type StepAround = {
  /** The root that the step began with; undefined for one that began with nothing. */
  readonly before: () => Promise<string | undefined>;
  /** Only what the step touched, where this BuildKit can say so. */
  readonly touched: () => Promise<string | undefined>;
};

export async function stepChanges(
  gateway: Gateway,
  after: string,
  { before, touched }: StepAround,
): Promise<{ readonly changes: readonly LayerChange[]; readonly partial: boolean }> {
  const [old, marked] = await Promise.all([before(), touched()]);
  const { changes, isPartial } = await changesBetween(
    old === undefined ? noFiles : resultFiles(gateway, old),
    resultFiles(gateway, after),
    marked === undefined ? undefined : resultFiles(gateway, marked),
  );
  return {
    partial: isPartial,
    changes: changes.map(({ path, change, before: was, after: is }): LayerChange => ({
      path,
      change,
      ...(was === undefined ? {} : { before: layerEntry(was) }),
      ...(is === undefined ? {} : { after: layerEntry(is) }),
    })),
  };
}

function layerEntry({ modified, linkTarget, ...entry }: FileEntry): LayerEntry {
  return {
    ...entry,
    modified: modified * 1000,
    ...(linkTarget === undefined ? {} : { linkTarget }),
  };
}
