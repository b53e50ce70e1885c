/** File ops as chains of actions, each working on the result of the one before. */
import {
  NONE,
  type FileAction,
  type FileActionKind,
  type FileOp,
  type Owner,
} from '../../../proto/model/op';

/** Nix gives everything in its store this time. */
export const STORE_TIME = 1_000_000_000n;

export const ROOT: Owner = { user: { by: 'id', id: 0 }, group: { by: 'id', id: 0 } };

/** An action on the running result, and for copies the op's input that it reads. */
export type FileStep = { readonly action: FileActionKind; readonly from?: number };

/**
 * One file op with these steps. `base` is the op's input to begin with, or {@link NONE} for an
 * empty file system; `inputs` is how many inputs the op has.
 */
export function fileOp(base: number, inputs: number, steps: readonly FileStep[]): FileOp {
  return {
    kind: 'file',
    actions: steps.map(({ action, from }, index): FileAction => ({
      ...action,
      // Indices past the op's inputs name the results of earlier actions.
      input: index === 0 ? base : inputs + index - 1,
      secondaryInput: from ?? NONE,
      output: index === steps.length - 1 ? 0 : NONE,
    })),
  };
}

export function makeDirectory(path: string, mode: number, owner: Owner = ROOT): FileStep {
  return {
    action: { action: 'mkdir', path, mode, makeParents: true, owner, timestamp: STORE_TIME },
  };
}

export function makeFile(
  path: string,
  mode: number,
  data: Uint8Array,
  owner: Owner = ROOT,
): FileStep {
  return { action: { action: 'mkfile', path, mode, data, owner, timestamp: STORE_TIME } };
}

/** Copies one path of input `from`; a `dest` that ends in `/` is the directory to put it in. */
export function copyPath(from: number, src: string, dest: string): FileStep {
  return {
    from,
    action: {
      action: 'copy',
      src,
      dest,
      owner: ROOT,
      mode: -1,
      modeStr: '',
      followSymlink: false,
      dirCopyContents: false,
      attemptUnpack: false,
      createDestPath: true,
      allowWildcard: false,
      allowEmptyWildcard: false,
      timestamp: STORE_TIME,
      includePatterns: [],
      excludePatterns: [],
      alwaysReplaceExistingDestPaths: false,
      requiredPaths: [],
    },
  };
}

/** Copies what a directory of input `from` holds into the directory `dest`. */
export function copyContents(from: number, src: string, dest: string): FileStep {
  const { action } = copyPath(from, src, dest);
  return {
    from,
    action: { ...action, ...(action.action === 'copy' ? { dirCopyContents: true } : {}) },
  };
}
