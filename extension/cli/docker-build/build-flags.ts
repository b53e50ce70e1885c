/**
 * Every flag of `docker buildx build`: what it does here, and how it is declared. The table in
 * README.md beside this file is made from it, and a test compares it with the flags that buildx
 * lists.
 */
import { type Command, Option } from 'commander';
import { addProfileOptions, type ProfileFlags } from '../profile-options';
import { repeated } from '../repeated';

/** What happens to a flag of `docker buildx build`. */
export type FlagState =
  | { readonly state: 'works'; readonly note?: string }
  /** Accepted without effect, as BuildKit's own clients do, or refused. */
  | { readonly state: 'ignored' | 'refused'; readonly note: string };

const works = (note?: string): FlagState =>
  note === undefined ? { state: 'works' } : { state: 'works', note };
const ignored = (note: string): FlagState => ({ state: 'ignored', note });

const limit = (name: string): FlagState => works(`Short for \`--resource=${name}\`.`);

export const dockerFlags: Readonly<Record<string, FlagState>> = {
  'add-host': works(),
  allow: works(),
  annotation: works(),
  attest: works(),
  'build-arg': works('Without a value: that of the environment.'),
  'build-context': works(
    'Folder, image, OCI layout, git, http. `target:` is refused: one build has no other targets.',
  ),
  builder: works('Also an address, such as `unix:///run/buildkit/buildkitd.sock`.'),
  'cache-from': works(),
  'cache-to': works('Docker’s classic image store makes only `inline`.'),
  call: works('`check`, `outline`, `targets`, with `format=json`, and any other subrequest.'),
  'cgroup-parent': works(),
  check: works(),
  debug: works('Shows details of warnings, and stacks of unexpected errors.'),
  file: works('`-` reads standard input; the builder downloads an address.'),
  iidfile: works(),
  label: works(),
  load: works('Other builders’ images go to the Docker Engine of the current context.'),
  'metadata-file': works(
    'With provenance and warnings, as `BUILDX_METADATA_PROVENANCE` and `…_WARNINGS` ask.',
  ),
  network: works('`default`, `none`, `host`.'),
  'no-cache': works(),
  'no-cache-filter': works(),
  output: works(
    '`local`, `tar`, `oci`, `docker`, `image`, `registry`, `cacheonly`; several at once.',
  ),
  platform: works(),
  policy: {
    state: 'refused',
    note: 'buildx itself evaluates Rego; `disabled=true` is taken. A `Dockerfile.rego` is told of.',
  },
  progress: works(),
  provenance: works(),
  pull: works(),
  push: works('Not unpacked in the builder’s own store, unless by `unpack=true`.'),
  quiet: works(),
  resource: works('Said to have no effect where the builder sets no limits for steps.'),
  sbom: works('Needs a scanner image that the builder can pull.'),
  secret: works(),
  'shm-size': works(),
  ssh: works('Keys with a passphrase go through an agent.'),
  tag: works(),
  target: works(),
  ulimit: works(),
};

/** Flags of the old builder that `docker build` still accepts; those without a limit do nothing there. */
export const oldFlags: Readonly<Record<string, FlagState>> = {
  compress: ignored('The session sends only what changed, so nothing is packed.'),
  'cpu-period': limit('cpu-period'),
  'cpu-quota': limit('cpu-quota'),
  'cpu-shares': limit('cpu-shares'),
  'cpuset-cpus': limit('cpuset-cpus'),
  'cpuset-mems': limit('cpuset-mems'),
  'force-rm': ignored('BuildKit leaves no containers behind.'),
  isolation: ignored('BuildKit has one kind of isolation.'),
  memory: limit('memory'),
  'memory-swap': limit('memory-swap'),
  rm: ignored('BuildKit leaves no containers behind.'),
  'security-opt': ignored('Write `RUN --security=insecure` and allow it with --allow.'),
  squash: ignored('BuildKit has no squash; use stages.'),
};

/** Old flags that stand alone; the others have a value. */
const oldSwitches: ReadonlySet<string> = new Set(['compress', 'force-rm', 'rm', 'squash']);
const oldShort: Readonly<Record<string, string>> = { memory: '-m, ', 'cpu-shares': '-c, ' };

export const progressKinds = ['auto', 'none', 'plain', 'quiet', 'rawjson', 'tty'] as const;
export type ProgressKind = (typeof progressKinds)[number];

/** What commander collects for {@link addBuildOptions}. */
export type BuildFlags = ProfileFlags & {
  readonly file?: string;
  readonly tag: readonly string[];
  readonly output: readonly string[];
  readonly allow: readonly string[];
  readonly annotation: readonly string[];
  readonly attest: readonly string[];
  readonly cacheFrom: readonly string[];
  readonly cacheTo: readonly string[];
  readonly ssh: readonly string[];
  readonly provenance?: string;
  readonly sbom?: string;
  readonly call?: string;
  readonly check: boolean;
  readonly load: boolean;
  readonly push: boolean;
  readonly iidfile?: string;
  readonly metadataFile?: string;
  readonly progress: ProgressKind;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly policy: readonly string[];
  readonly resource: readonly string[];
  readonly builder?: string;
  readonly json: boolean;
};

/** Adds all options of the build command. */
export function addBuildOptions(command: Command): Command {
  addProfileOptions(command)
    .option(
      '-f, --file <file>',
      'Dockerfile, its address, or - for standard input; default: in the context',
    )
    .option('-t, --tag <name>', 'name of the image (repeatable)', repeated, [])
    .option('-o, --output <spec>', 'exporter, e.g. type=local,dest=out (repeatable)', repeated, [])
    .option('--load', 'keep the image in Docker; short for --output=type=docker', false)
    .option('--push', 'push the image; short for --output=type=registry', false)
    .option(
      '--cache-from <spec>',
      'cache to use, e.g. type=local,src=cache (repeatable)',
      repeated,
      [],
    )
    .option('--cache-to <spec>', 'cache to write, e.g. type=inline (repeatable)', repeated, [])
    .option('--attest <spec>', 'attestation, e.g. type=sbom (repeatable)', repeated, [])
    .option('--provenance <spec>', 'short for --attest=type=provenance, e.g. mode=max or false')
    .option('--sbom <spec>', 'short for --attest=type=sbom, e.g. true')
    .option('--annotation <key=value>', 'annotation of the image (repeatable)', repeated, [])
    .option(
      '--ssh <spec>',
      'agent or keys: default, ID=SOCKET, ID=KEY,KEY (repeatable)',
      repeated,
      [],
    )
    .option(
      '--allow <entitlement>',
      'e.g. network.host, security.insecure (repeatable)',
      repeated,
      [],
    )
    .option('--resource <limit>', 'limit of each step, e.g. memory=2g (repeatable)', repeated, [])
    .option('--policy <spec>', 'only disabled=true: Rego policies are not evaluated', repeated, [])
    .option('--call <method>', 'check, outline or targets in place of building; ,format=json')
    .option('--check', 'short for --call=check', false)
    .option('--iidfile <file>', 'write the image id to a file')
    .option('--metadata-file <file>', 'write what the exporters answered to a file, as JSON')
    .option('-q, --quiet', 'no progress; print the image id', false)
    .option('-D, --debug', 'more detail in warnings and errors', false)
    .addOption(
      new Option('--progress <kind>', 'kind of progress')
        .choices(progressKinds)
        .env('BUILDKIT_PROGRESS')
        .default('auto'),
    );
  for (const name of Object.keys(oldFlags)) {
    const flags = `${oldShort[name] ?? ''}--${name}${oldSwitches.has(name) ? ' [value]' : ' <value>'}`;
    command.addOption(new Option(flags).hideHelp());
  }
  return command;
}

/** Which of the old flags were given that do nothing, with the reason. */
export function ignoredFlags(given: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(oldFlags).flatMap(([name, { state, note = '' }]) =>
    state !== 'ignored' || given[camelCase(name)] === undefined
      ? []
      : [`--${name} has no effect. ${note}`],
  );
}

/** commander's spelling of a flag. */
export function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The table of README.md. */
export function flagTable(): string {
  const rows = Object.entries({ ...dockerFlags, ...oldFlags })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { state, note = '' }]) => `| \`--${name}\` | ${state} | ${note} |`);
  return ['| flag | here | |', '| --- | --- | --- |', ...rows].join('\n');
}
