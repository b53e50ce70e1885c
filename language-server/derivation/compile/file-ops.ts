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

/** What a copy reads from that is not an input of the op: the result of the step {@link FileStep.aside} before. */
const ASIDE = -2;
const ASIDE_DIRECTORY = '/directory';

/** An action on the running result, and for copies the op's input that it reads. */
export type FileStep = {
  readonly action: FileActionKind;
  readonly from?: number;
  /** Works on an empty file system in place of the running result, for the next step to read. */
  readonly aside?: true;
};

/**
 * One file op with these steps. `base` is the op's input to begin with, or {@link NONE} for an
 * empty file system; `inputs` is how many inputs the op has.
 */
export function fileOp(base: number, inputs: number, steps: readonly FileStep[]): FileOp {
  let current = base;
  const actions = steps.map(({ action, from, aside }, index): FileAction => {
    // Indices past the op's inputs name the results of earlier actions.
    const own = inputs + index;
    const input = aside === true ? NONE : current;
    if (aside !== true) current = own;
    return {
      ...action,
      input,
      secondaryInput: from === ASIDE ? own - 1 : (from ?? NONE),
      output: index === steps.length - 1 ? 0 : NONE,
    };
  });
  return { kind: 'file', actions };
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

/**
 * Makes a directory with exactly this mode, in two steps. A daemon makes directories under its own umask
 * and without the sticky bit; what it copies it gives any mode.
 */
export function makeDirectoryOfMode(path: string, mode: number, owner: Owner = ROOT): FileStep[] {
  const { action } = copyPath(ASIDE, ASIDE_DIRECTORY, path);
  return [
    { ...makeDirectory(ASIDE_DIRECTORY, 0o755), aside: true },
    { from: ASIDE, action: action.action === 'copy' ? { ...action, mode, owner } : action },
  ];
}

/** Copies what a directory of input `from` holds into the directory `dest`. */
export function copyContents(from: number, src: string, dest: string): FileStep {
  const { action } = copyPath(from, src, dest);
  return {
    from,
    action: { ...action, ...(action.action === 'copy' ? { dirCopyContents: true } : {}) },
  };
}
