/** File ops: copies, directories and files on top of a file system. */
import type { FileAction, FileActionKind, OpInput, Owner, UserRef } from '../../../proto/model/op';
import { NONE } from '../../../proto/model/op';
import { cleanPath, joinPath } from '../text/go';
import { parseInteger } from '../text/go-numbers';
import { caps } from './capabilities';
import type { State } from './state';
import {
  type MarshalledVertex,
  addInput,
  distinct,
  type MarshalContext,
  type Output,
  type Vertex,
  type VertexInfo,
} from './vertex';

/** A user or group before it is known which input's files name it. */
type OwnerPart = { readonly name: string } | { readonly id: number };
export type OwnerSpec = { readonly user?: OwnerPart; readonly group?: OwnerPart };

export type CopyOptions = {
  readonly owner?: OwnerSpec;
  /** Permission bits, or a symbolic mode. */
  readonly mode?: number | string;
  readonly followSymlink?: boolean;
  readonly dirCopyContents?: boolean;
  readonly attemptUnpack?: boolean;
  readonly createDestPath?: boolean;
  readonly allowWildcard?: boolean;
  readonly allowEmptyWildcard?: boolean;
  readonly includePatterns?: readonly string[];
  readonly excludePatterns?: readonly string[];
  readonly requiredPaths?: readonly string[];
};

export type FileStep =
  | {
      readonly step: 'copy';
      readonly from: State;
      readonly src: string;
      readonly dest: string;
      readonly options: CopyOptions;
    }
  | {
      readonly step: 'mkdir';
      readonly path: string;
      readonly mode: number;
      readonly makeParents: boolean;
      readonly owner?: OwnerSpec;
      /** Nanoseconds since the epoch. */
      readonly timestamp?: bigint;
    }
  | {
      readonly step: 'mkfile';
      readonly path: string;
      readonly mode: number;
      readonly data: Uint8Array;
    };

/** What BuildKit writes for "no time given". */
const noTime = -1n;

export class FileVertex implements Vertex, Output {
  readonly vertex = this;
  marshalled?: MarshalledVertex;

  constructor(
    private readonly state: State,
    private readonly steps: readonly FileStep[],
    readonly info: VertexInfo,
  ) {}

  /** BuildKit walks the last step first: its base, its source, then the steps before it. */
  inputs(): readonly Output[] {
    const sources = this.steps.map((step) => (step.step === 'copy' ? step.from.output : undefined));
    return distinct([this.state.output, ...sources.reverse()]);
  }

  toOp(context: MarshalContext): ReturnType<Vertex['toOp']> {
    const inputs: OpInput[] = [];
    const { output } = this.state;
    const base = output === undefined ? NONE : addInput(inputs, context.inputOf(output));
    const sources = this.steps.map((step) =>
      step.step === 'copy' && step.from.output !== undefined
        ? addInput(inputs, context.inputOf(step.from.output))
        : NONE,
    );
    const actions = this.steps.map((step, index): FileAction => {
      const isLast = index === this.steps.length - 1;
      return {
        // Past the op's own inputs, numbers name the outputs of earlier steps.
        input: index === 0 ? base : inputs.length + index - 1,
        secondaryInput: sources[index] ?? NONE,
        output: isLast ? 0 : NONE,
        ...this.#action(step, base),
      };
    });
    return { op: { inputs, op: { kind: 'file', actions } }, caps: [caps.fileBase] };
  }

  #action(step: FileStep, base: number): FileActionKind {
    const { dir } = this.state;
    switch (step.step) {
      case 'mkdir':
        return {
          action: 'mkdir',
          path: absolute(dir, step.path, false),
          mode: step.mode & 0o777,
          makeParents: step.makeParents,
          ...ownerOf(step.owner, base),
          timestamp: step.timestamp ?? noTime,
        };
      case 'mkfile':
        return {
          action: 'mkfile',
          path: absolute(dir, step.path, false),
          mode: step.mode & 0o777,
          data: step.data,
          timestamp: noTime,
        };
      case 'copy': {
        const { options } = step;
        return {
          action: 'copy',
          src: sourcePath(step.from, step.src),
          dest: absolute(dir, step.dest, true),
          ...ownerOf(options.owner, base),
          mode:
            typeof options.mode === 'number' ? options.mode : options.mode === undefined ? -1 : 0,
          modeStr: typeof options.mode === 'string' ? options.mode : '',
          followSymlink: options.followSymlink ?? false,
          dirCopyContents: options.dirCopyContents ?? false,
          attemptUnpack: options.attemptUnpack ?? false,
          createDestPath: options.createDestPath ?? false,
          allowWildcard: options.allowWildcard ?? false,
          allowEmptyWildcard: options.allowEmptyWildcard ?? false,
          timestamp: noTime,
          includePatterns: options.includePatterns ?? [],
          excludePatterns: options.excludePatterns ?? [],
          alwaysReplaceExistingDestPaths: false,
          requiredPaths: options.requiredPaths ?? [],
        };
      }
    }
  }
}

function sourcePath(from: State, path: string): string {
  const cleaned = cleanPath(path);
  return joinPath(cleaned.startsWith('/') ? '/' : from.dir, cleaned);
}

/** Makes a path absolute and clean; a copy's destination keeps its trailing `/` or `/.`. */
function absolute(dir: string, path: string, keepSlash: boolean): string {
  const cleaned = cleanPath(path);
  const result = cleaned.startsWith('/') ? cleaned : joinPath('/', dir, cleaned);
  if (!keepSlash) return result;
  if (path.endsWith('/') && !result.endsWith('/')) return `${result}/`;
  if (path.endsWith('/.')) return result === '/' ? '/.' : `${result}/.`;
  return result;
}

/** `user[:group]`, each a name or a number; `root` is 0. */
export function parseOwner(text: string): OwnerSpec {
  const colon = text.indexOf(':');
  if (colon < 0) return { user: ownerPart(text) };
  return { user: ownerPart(text.slice(0, colon)), group: ownerPart(text.slice(colon + 1)) };
}

function ownerPart(text: string): OwnerPart {
  if (text === 'root' || text === '') return { id: 0 };
  if (!/^[+-]?\d/.test(text)) return { name: text };
  try {
    // Go keeps a negative number's bits as an unsigned one.
    return { id: Number(BigInt.asUintN(32, parseInteger(text, 10, 32))) };
  } catch {
    return { name: text };
  }
}

function ownerOf(owner: OwnerSpec | undefined, input: number): { owner?: Owner } {
  if (owner === undefined) return {};
  const { user, group } = owner;
  return {
    owner: {
      ...(user && { user: userOf(user, input) }),
      ...(group && { group: userOf(group, input) }),
    },
  };
}

function userOf(part: OwnerPart, input: number): UserRef {
  return 'name' in part ? { by: 'name', name: part.name, input } : { by: 'id', id: part.id };
}
