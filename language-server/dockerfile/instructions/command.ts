/** Typed instructions: what an instruction means before any variable is expanded. */
import type { InstructionContent } from '../parser/chunk';
import type { Instruction } from '../parser/syntax-tree';
import type { Lines } from '../text/span';

export type KeyValue = {
  readonly key: string;
  readonly value: string;
  /** The old `name value` form, without `=`. */
  readonly legacy: boolean;
};

export type ArgDefinition = {
  readonly key: string;
  /** Undefined without a default. */
  readonly value?: string;
  /** The text behind the name in the comment above. */
  readonly description: string;
};

/** A file of RUN, COPY or ADD written in the Dockerfile itself. */
export type InlineFile = {
  readonly name: string;
  readonly data: string;
  readonly chomp: boolean;
  readonly expand: boolean;
};

export type CommandLine = {
  readonly args: readonly string[];
  /** The shell form: the image's shell runs it. */
  readonly shell: boolean;
  readonly files: readonly InlineFile[];
};

export type CopySources = {
  readonly sources: readonly string[];
  /** Heredocs among the sources; tabs are already taken off. */
  readonly contents: readonly {
    readonly path: string;
    readonly data: string;
    readonly expand: boolean;
  }[];
  readonly dest: string;
};

export type Healthcheck = {
  readonly test: readonly string[];
  /** Nanoseconds. */
  readonly interval: bigint;
  readonly timeout: bigint;
  readonly startPeriod: bigint;
  readonly startInterval: bigint;
  readonly retries: bigint;
};

export type Device = { readonly name: string; readonly required: boolean };

/** A `--mount` as far as it can be read before its variables are known. */
export type MountFlag = { readonly text: string; readonly from: string };

/** What every typed instruction carries. */
export type CommandBase = {
  /** The keyword as written. */
  readonly keyword: string;
  /** The instruction's own text, trimmed: what a vertex name shows. */
  readonly code: string;
  readonly comments: readonly string[];
  /** BuildKit's place; ONBUILD triggers stand where the FROM stands. */
  readonly lines: Lines;
  /** What stands at that place: the instruction itself, or the FROM that brings a trigger. */
  readonly place: InstructionContent | undefined;
  /** The node of the tree; triggers of a base image have a tree of their own. */
  readonly node: Instruction;
};

export type EnvCommand = CommandBase & {
  readonly type: 'env';
  readonly pairs: readonly KeyValue[];
};
export type LabelCommand = CommandBase & {
  readonly type: 'label';
  readonly pairs: readonly KeyValue[];
};
export type MaintainerCommand = CommandBase & {
  readonly type: 'maintainer';
  readonly maintainer: string;
};
export type CopyCommand = CommandBase &
  CopySources & {
    readonly type: 'copy';
    readonly from: string;
    readonly chown: string;
    readonly chmod: string;
    readonly link: boolean;
    readonly parents: boolean;
    readonly excludes: readonly string[];
  };
export type AddCommand = CommandBase &
  CopySources & {
    readonly type: 'add';
    readonly chown: string;
    readonly chmod: string;
    readonly link: boolean;
    readonly excludes: readonly string[];
    readonly keepGitDir?: boolean;
    readonly checksum: string;
    readonly unpack?: boolean;
  };
export type RunCommand = CommandBase &
  CommandLine & {
    readonly type: 'run';
    readonly mounts: readonly MountFlag[];
    readonly network: 'default' | 'none' | 'host';
    readonly security: 'sandbox' | 'insecure';
    readonly devices: readonly Device[];
  };
export type CmdCommand = CommandBase & CommandLine & { readonly type: 'cmd' };
export type EntrypointCommand = CommandBase & CommandLine & { readonly type: 'entrypoint' };
export type WorkdirCommand = CommandBase & { readonly type: 'workdir'; readonly path: string };
export type UserCommand = CommandBase & { readonly type: 'user'; readonly user: string };
export type ExposeCommand = CommandBase & {
  readonly type: 'expose';
  /** Sorted by bytes. */
  readonly ports: readonly string[];
};
export type VolumeCommand = CommandBase & {
  readonly type: 'volume';
  readonly volumes: readonly string[];
};
export type StopSignalCommand = CommandBase & {
  readonly type: 'stopsignal';
  readonly signal: string;
};
export type ShellCommand = CommandBase & {
  readonly type: 'shell';
  readonly shell: readonly string[];
};
export type HealthcheckCommand = CommandBase & {
  readonly type: 'healthcheck';
  readonly health: Healthcheck;
};
export type OnbuildCommand = CommandBase & {
  readonly type: 'onbuild';
  /** The trigger's text, with its heredocs. */
  readonly expression: string;
};
export type ArgCommand = CommandBase & {
  readonly type: 'arg';
  readonly definitions: readonly ArgDefinition[];
};

/** Every instruction but FROM. */
export type Command =
  | AddCommand
  | ArgCommand
  | CmdCommand
  | CopyCommand
  | EntrypointCommand
  | EnvCommand
  | ExposeCommand
  | HealthcheckCommand
  | LabelCommand
  | MaintainerCommand
  | OnbuildCommand
  | RunCommand
  | ShellCommand
  | StopSignalCommand
  | UserCommand
  | VolumeCommand
  | WorkdirCommand;

export type FromCommand = CommandBase & {
  readonly type: 'from';
  readonly base: string;
  /** The stage's name in lower case, or empty. */
  readonly name: string;
  readonly platform: string;
  readonly description: string;
  /** It could not be read: the stage has a place and perhaps a name, and nothing else. */
  readonly lost?: boolean;
};

/** What a command says, without the place where it stands. */
export type CommandContent = Unplaced<Command | FromCommand>;
type Unplaced<C> = C extends unknown ? Omit<C, 'node' | 'lines' | 'place'> : never;

/** The text behind `name ` in a comment block. */
export function descriptionOf(comments: readonly string[], name: string): string {
  if (name === '') return '';
  const line = comments.find((comment) => comment.startsWith(`${name} `));
  return line?.slice(name.length + 1) ?? '';
}
