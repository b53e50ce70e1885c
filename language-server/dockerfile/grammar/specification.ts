/**
 * The shape of the table that describes the Dockerfile language: what an instruction, a flag and a
 * mount option are called, what they take, since when they exist, and what they mean.
 *
 * The table itself is `instructions.ts`. Parser, typed instructions, compiler, lint and every editor
 * feature read it, so what is added there is known everywhere.
 */

/** What a value is, so that an editor knows what to offer and a reader what to expect. */
export type ValueKind =
  | 'bool'
  /** One of {@link ValueSpec.choices}. */
  | 'choice'
  /** Shell text, or an exec-form JSON array. */
  | 'command'
  /** `<algorithm>:<hex>`, or a commit for a git source. */
  | 'checksum'
  /** A CDI device name. */
  | 'device'
  /** Go's notation: `1m30s`. */
  | 'duration'
  /** The image, stage or named context that a stage starts from. */
  | 'image'
  | 'integer'
  /** An instruction of its own. */
  | 'instruction'
  /** `KEY=value`. */
  | 'key-value'
  /** Permission bits in octal. */
  | 'mode'
  /** Permission bits in octal, or a symbolic change such as `u+x`. */
  | 'mode-or-symbols'
  /** `type=…,key=value,…`; see `mounts.ts`. */
  | 'mount'
  /** `user[:group]`, names or numbers. */
  | 'owner'
  /** A path in the file system that is being built. */
  | 'path'
  /** A pattern of paths below a source. */
  | 'pattern'
  /** `os/architecture[/variant]`. */
  | 'platform'
  /** A port or a range of ports, with an optional protocol. */
  | 'port'
  /** A signal's name or number. */
  | 'signal'
  /** Bytes, with an optional unit: `64m`. */
  | 'size'
  /** A file of the build context (or of `--from`), a URL, a git repository or a heredoc. */
  | 'source'
  /** A stage, an image or a named context that files are taken from. */
  | 'stage'
  /** A name given to a stage. */
  | 'stage-name'
  | 'text'
  /** A variable's name. */
  | 'variable';

/** A word that a value may be. */
export type Choice = { readonly value: string; readonly docs: string };

export type ValueSpec = {
  readonly kind: ValueKind;
  readonly choices?: readonly Choice[];
  /** What counts when nothing is given. */
  readonly fallback?: string;
};

/** The release of the Dockerfile frontend that brought something, and where it can be had. */
export type Availability = {
  /** `1.4`; absent for what has always been there. */
  readonly since?: string;
  /** `labs` for what only the experimental channel has. Default `stable`. */
  readonly channel?: 'stable' | 'labs';
};

export type FlagSpec = Availability & {
  /** Without the dashes. */
  readonly name: string;
  /** `list` may be given many times; `bool` may stand without a value. */
  readonly form: 'bool' | 'text' | 'list';
  readonly value: ValueSpec;
  /** One or two sentences. */
  readonly docs: string;
};

/** A place in an instruction's arguments, for signatures. */
export type ParameterSpec = {
  /** As shown in a signature: `SOURCE…`, or a keyword in `literal`. */
  readonly label: string;
  readonly value: ValueSpec;
  readonly docs: string;
  readonly optional?: boolean;
  /** May come again. */
  readonly repeats?: boolean;
  /** A word that is written as it is: `AS`, `CMD`, `NONE`. */
  readonly literal?: boolean;
};

/** One way to write an instruction's arguments. */
export type FormSpec = { readonly parameters: readonly ParameterSpec[] };

/** How the line parser splits an instruction's arguments; see `parser/arguments.ts`. */
export type ArgumentSplit =
  /** Words between blanks. */
  | 'words'
  /** Words between white space outside quotes. */
  | 'quoted-words'
  /** A JSON array, else words between blanks. */
  | 'json-or-words'
  /** A JSON array, else one text. */
  | 'json-or-text'
  /** `key=value …`, or the old `key value`. */
  | 'pairs'
  /** One text. */
  | 'text'
  /** A word, then a JSON array or a text. */
  | 'word-and-command'
  /** Another instruction. */
  | 'instruction';

export type InstructionSpec = Availability & {
  /** One line for a list. */
  readonly summary: string;
  /** Markdown: what it does and what surprises. */
  readonly docs: string;
  /** The section of Docker's reference. */
  readonly anchor: string;
  readonly split: ArgumentSplit;
  readonly forms: readonly FormSpec[];
  readonly flags: readonly FlagSpec[];
  /** BuildKit looks at no flags here, so it lets unknown ones pass. */
  readonly ignoresFlags?: boolean;
  /** Heredocs may follow. */
  readonly heredocs?: boolean;
  /** The builder itself expands variables in the arguments (RUN's are the shell's business). */
  readonly expands: boolean;
  /** Counts in `[2/5]`: it makes, or may make, a layer. */
  readonly step?: boolean;
  /** May not follow ONBUILD. */
  readonly noTrigger?: boolean;
  /** Only the last one of a stage counts. */
  readonly lastCounts?: boolean;
  /** What to use instead. */
  readonly deprecated?: string;
};

/** An option of `RUN --mount`. */
export type MountOptionSpec = Availability & {
  readonly name: string;
  /** Other spellings. */
  readonly aliases: readonly string[];
  /** May stand without `=value`. */
  readonly bare: boolean;
  readonly value: ValueSpec;
  readonly docs: string;
};
