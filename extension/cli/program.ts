/**
 * The command line of `llb-lens`: what there is, in one place. Each command lives in its own file
 * and is loaded when it runs, so that `--version` and `--help` are instant.
 */
import { Command, CommanderError, Help, Option } from 'commander';
import { version } from '../../package.json';
import { addBuildOptions, type BuildFlags } from './docker-build/build-flags';
import { plainSwitches } from './docker-build/switches';
import type { BuildersFlags } from './builders';
import type { CheckFlags } from './check';
import { type Console, reportError } from './console';
import type { DebugFlags } from './debug/debug';
import type { DrvFlags } from './drv';
import { CliError, ExitCode } from './exit-code';
import { addCacheOptions } from './cache-options';
import { addImageOptions, type ImageCommandFlags } from './image-options';
import type { HistoryFlags } from './history';
import { interruptible } from './interrupt';
import type { CompareFlags } from './compare';
import type { LayerFlags } from './layer';
import type { LlbFlags } from './llb';
import type { PredictFlags } from './predict';
import { addProfileOptions } from './profile-options';
import { repeated } from './repeated';

/**
 * Runs one command line.
 * @param args without the names of node and the script
 * @returns the exit code; errors have been reported by then
 */
export async function run(args: readonly string[], to: Console): Promise<number> {
  let exitCode: number = ExitCode.good;
  const set = async (command: Promise<number>) => {
    exitCode = await command;
  };
  try {
    const [command = '', ...rest] = args;
    const known = command === 'build' ? [command, ...plainSwitches(rest)] : [...args];
    await program(to, set).parseAsync(known, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      // commander has written its message already; help and version are no errors.
      return error.exitCode === 0 ? ExitCode.good : ExitCode.usage;
    }
    const { toCliError } = await import('./failure');
    const failure = error instanceof CliError ? error : toCliError(error);
    await reportError(to, failure, args.includes('--json'));
    return failure.exitCode;
  }
}

type Set = (command: Promise<number>) => Promise<void>;

function program(to: Console, set: Set): Command {
  const root = new Command('llb-lens')
    .description('See, build and debug Dockerfiles and Nix derivations with BuildKit.')
    .version(version)
    .exitOverride()
    .configureHelp({ optionDescription })
    .configureOutput({
      writeOut: (text) => void to.out(text),
      writeErr: (text) => void to.progress(text),
    })
    .showHelpAfterError('(llb-lens --help lists the commands)');
  addFileCommands(root, to, set);
  addBuildCommands(root, to, set);
  addServers(root, to, set);
  return root;
}

/** An empty list and a switch that is off go without saying. */
function optionDescription(option: Option): string {
  const defaultValue: unknown = option.defaultValue;
  const isEmpty =
    defaultValue === false || (Array.isArray(defaultValue) && defaultValue.length === 0);
  return isEmpty ? option.description : new Help().optionDescription(option);
}

const json = () => new Option('--json', 'machine-readable output and errors').default(false);
const builder = () =>
  new Option(
    '--builder <name>',
    'buildx builder or BuildKit address; default: BUILDKIT_HOST, then as docker build would choose',
  );
const format = (...choices: string[]) =>
  new Option('--format <format>', 'output format').choices(choices);

/** Commands that look at files and need no BuildKit. */
function addFileCommands(root: Command, to: Console, set: Set): void {
  addProfileOptions(root.command('llb'))
    .description('compile a Dockerfile to LLB')
    .argument('[file]', 'Dockerfile, or - for stdin')
    .addOption(format('json', 'pb', 'dot', 'html', 'mermaid', 'svg').default('json'))
    .option('--images <file>', 'image metadata as JSON: reference → {digest, config}')
    .option('--session <id>', 'session id that local sources name (25 characters)')
    .option('--offline', 'guess image metadata instead of asking a builder', false)
    .option('--batch', 'read cases as JSON lines from stdin, write a result line for each', false)
    .option(
      '--full',
      'with --batch: give ops, metadata and locations, not digests only; with svg: draw every step',
      false,
    )
    .option('--predict', 'say which steps a build would run now, and why', false)
    .option('--context <folder>', 'with --predict: the build context; default: the file’s folder')
    .option('--edited <files...>', 'with --predict: as if these files were changed', [])
    .addOption(builder())
    .addOption(json())
    .action(async (file: string | undefined, flags: LlbFlags & PredictFlags) => {
      if (flags.predict && file !== undefined) {
        const { predict } = await import('./predict');
        await set(interruptible(to.note, (signal) => predict(file, flags, to, signal)));
        return;
      }
      const { llb } = await import('./llb');
      await set(interruptible(to.note, (signal) => llb(file, flags, to, signal)));
    });

  root
    .command('check')
    .description('report the problems of Dockerfiles and derivations')
    .argument('<files...>')
    .addOption(format('text', 'json', 'sarif').default('text'))
    .option('--images <file>', 'image metadata as JSON: reference → {digest, config}')
    .addOption(json())
    .action(async (files: string[], flags: CheckFlags) => {
      const { check } = await import('./check');
      await set(check(files, flags, to));
    });

  addCacheOptions(root.command('drv'))
    .description('compile derivations to LLB, recompute their paths, or build them')
    .argument('<paths...>', '.drv files, folders that hold them, JSON of nix derivation show, or -')
    .option('--store-dir <folder>', 'where inputs and sources lie, besides beside the files')
    .option('--paths', 'print the output paths of each derivation as JSON lines', false)
    .option('--why <name>', 'print the ways from the derivations to what has this name')
    .option('--build', 'build; print each output’s path, NAR hash and references', false)
    .option('--log', 'print all that the builder said; it runs where there is no result yet', false)
    .option('--keep-going', 'with --build: build all that does not need what failed', false)
    .option('--jobs <number>', 'with --build: derivations at once; default: all that can')
    .option('--cache <folder>', 'with --build: write the outputs to a binary cache for Nix')
    .option('--sign-key <file>', 'with --cache: the secret key to sign with')
    .option('--images <file>', 'image metadata as JSON: reference → {digest, config}')
    .option('--offline', 'guess image metadata instead of asking a builder', false)
    .option('--session <id>', 'session id that local sources name (25 characters)')
    .option('--tools <image>', 'image with a static busybox for the sandbox and its /bin/sh')
    .option('--tools-folder <folder>', 'with --build: a folder with busybox, and maybe sh, instead')
    .option('--sandbox-shell <path>', 'with --build: where in the tools image /bin/sh is')
    .option('--full', 'with --format svg: draw every step of a large closure', false)
    .addOption(format('json', 'pb', 'dot', 'html', 'mermaid', 'svg').default('json'))
    .addOption(builder())
    .addOption(json())
    .action(async (paths: string[], flags: DrvFlags) => {
      const { drv } = await import('./drv');
      await set(interruptible(to.note, (signal) => drv(paths, flags, to, signal)));
    });
}

/** Commands that talk to a builder. */
function addBuildCommands(root: Command, to: Console, set: Set): void {
  addBuildOptions(root.command('build'))
    .description('build a Dockerfile; takes every flag of docker build')
    .argument('[context]', 'context folder or URL, or - for standard input')
    .addOption(builder())
    .addOption(json())
    .action(async (context: string | undefined, flags: BuildFlags) => {
      // The thread that will serve the files comes up on another core while the rest is loaded.
      const { prepareSession } = await import('../../proto/client/session/start');
      const thread = prepareSession();
      try {
        const { build } = await import('./build');
        await set(interruptible(to.note, (signal) => build(context, flags, thread, to, signal)));
      } finally {
        thread.abandon();
      }
    });

  addBuildOptions(root.command('debug'))
    .description('debug a build at this terminal: breakpoints, steps, values, shells')
    .argument('[context]', 'context folder or URL, or a .drv file')
    .option('--break <line>', 'stop at LINE or FILE:LINE (repeatable)', repeated, [])
    .option('--run', 'run to the first breakpoint or failure, not stop at the start', false)
    .addOption(builder())
    .addOption(json())
    .addHelpText('after', '\nOnce it stands, "help" lists what can be said.')
    .action(async (context: string | undefined, flags: DebugFlags) => {
      const { debug } = await import('./debug/debug');
      await set(debug(context, flags, to));
    });

  addImageOptions(root.command('image'))
    .description('make an image of what Nix would install, built by BuildKit')
    .argument('<installables...>', 'store paths, x.drv^out, flake references, or attributes of -f')
    .addOption(builder())
    .addOption(json())
    .action(async (installables: string[], flags: ImageCommandFlags) => {
      const { image } = await import('./image');
      await set(interruptible(to.note, (signal) => image(installables, flags, to, signal)));
    });

  root
    .command('builders')
    .description('list the builders there are and which one is used')
    .addOption(builder())
    .addOption(json())
    .action(async (flags: BuildersFlags) => {
      const { builders } = await import('./builders');
      await set(interruptible(to.note, (signal) => builders(flags, to, signal)));
    });

  addHistoryCommands(root, to, set);
  addLayerCommands(root, to, set);

  root
    .command('why')
    .description('why steps of the last build ran: what differs from the build before')
    .argument('<file>', 'the Dockerfile or derivation that was built')
    .addOption(json())
    .action(async (file: string, flags: CompareFlags) => {
      const { why } = await import('./compare');
      await set(why(file, flags, to));
    });

  root
    .command('compare')
    .description('what differs between two remembered builds, and what ran for it')
    .argument('<earlier>', 'id of a build, or its beginning')
    .argument('<later>')
    .addOption(json())
    .action(async (earlier: string, later: string, flags: CompareFlags) => {
      const { compare } = await import('./compare');
      await set(compare(earlier, later, flags, to));
    });

  root
    .command('inspect')
    .description('show a step by its digest, or a cache record by its id')
    .argument('<digest>')
    .addOption(builder())
    .addOption(json())
    .action(async (digest: string, flags: HistoryFlags) => {
      const { inspect } = await import('./inspect');
      await set(interruptible(to.note, (signal) => inspect(digest, flags, to, signal)));
    });

  root
    .command('attach', { hidden: true })
    .description('connect this terminal to a shell of a debug session')
    .argument('<link>')
    .action(async (link: string) => {
      const { attach } = await import('./attach');
      await set(attach(link));
    });
}

/** What can be done with the builds that a builder remembers; without a word, they are listed. */
function addHistoryCommands(root: Command, to: Console, set: Set): void {
  const history = root
    .command('history')
    .description('the builds that a builder remembers, started from anywhere');
  const subcommand = (name: string, description: string, ...more: { isDefault?: boolean }[]) =>
    history.command(name, more[0]).description(description).addOption(builder()).addOption(json());
  const file = () =>
    new Option('-f, --file <bundle>', 'read exported records (.dockerbuild), not a builder');
  subcommand('ls', 'list the builds, the newest first', { isDefault: true })
    .addOption(file())
    .action(async (flags: HistoryFlags) => {
      const { historyList } = await import('./history');
      await set(interruptible(to.note, (signal) => historyList(flags, to, signal)));
    });
  subcommand('inspect', 'show the steps of a build, its error and its attestations')
    .alias('open')
    .argument('[ref]')
    .addOption(file())
    .action(async (ref: string | undefined, flags: HistoryFlags) => {
      const { historyInspect } = await import('./history');
      await set(interruptible(to.note, (signal) => historyInspect(ref, flags, to, signal)));
    });
  subcommand('logs', 'print the log of a build; follows a running one')
    .argument('[ref]')
    .addOption(file())
    .action(async (ref: string | undefined, flags: HistoryFlags) => {
      const { historyLogs } = await import('./history');
      await set(interruptible(to.note, (signal) => historyLogs(ref, flags, to, signal)));
    });
  subcommand('rm', 'delete records of builds; images and cache stay')
    .argument('<refs...>')
    .action(async (refs: string[], flags: HistoryFlags) => {
      const { historyRemove } = await import('./history');
      await set(interruptible(to.note, (signal) => historyRemove(refs, flags, signal)));
    });
  subcommand('export', 'write a record as a .dockerbuild bundle')
    .argument('<ref>')
    .requiredOption('-o, --output <file>', 'where to write')
    .action(async (ref: string, flags: HistoryFlags & { output: string }) => {
      const { historyExport } = await import('./history');
      await set(interruptible(to.note, (signal) => historyExport(ref, flags, signal)));
    });
}

/** Files of the places of a build, and of images. */
function addLayerCommands(root: Command, to: Console, set: Set): void {
  const group = root
    .command('layer')
    .description('the files of any step of a build, or of any image');
  const subcommand = (name: string, description: string) =>
    addProfileOptions(group.command(name))
      .description(description)
      .argument('<layer>', 'an image, or a file to build with #LINE, #STAGE or #DIGEST behind it')
      .option('--context <folder>', 'the build context; default: the file’s folder')
      .addOption(builder())
      .addOption(json());
  subcommand('ls', 'list a folder')
    .argument('[path]', 'the folder', '/')
    .option('-r, --recursive', 'all that is below it, with totals', false)
    .action(async (layer: string, path: string, flags: LayerFlags & { recursive: boolean }) => {
      const { layerList } = await import('./layer');
      await set(
        interruptible(to.note, (signal) => layerList(layer, { ...flags, path }, to, signal)),
      );
    });
  subcommand('changes', 'what the step added, changed and removed')
    .option('--from <layer>', 'compare with this place instead of the step before')
    .action(async (layer: string, flags: LayerFlags & { from?: string }) => {
      const { layerChanges } = await import('./layer');
      await set(interruptible(to.note, (signal) => layerChanges(layer, flags, to, signal)));
    });
  subcommand('cat', 'print a file')
    .argument('<path>')
    .action(async (layer: string, path: string, flags: LayerFlags) => {
      const { layerCat } = await import('./layer');
      await set(
        interruptible(to.note, (signal) => layerCat(layer, { ...flags, path }, to, signal)),
      );
    });
  subcommand('search', 'find files by a part of their name, or by a pattern such as *.so')
    .argument('<pattern>')
    .action(async (layer: string, pattern: string, flags: LayerFlags) => {
      const { layerSearch } = await import('./layer');
      await set(
        interruptible(to.note, (signal) => layerSearch(layer, { ...flags, pattern }, to, signal)),
      );
    });
  subcommand('tar', 'write a tar archive to standard output')
    .argument('[path]', 'the folder', '/')
    .option('--changes', 'only what the step changed, as a layer of an image', false)
    .action(async (layer: string, path: string, flags: LayerFlags & { changes: boolean }) => {
      const { layerTar } = await import('./layer');
      await set(
        interruptible(to.note, (signal) => layerTar(layer, { ...flags, path }, to, signal)),
      );
    });
  subcommand('inspect', 'layers, wasted space, duplicates and efficiency; also of archives').action(
    async (layer: string, flags: LayerFlags) => {
      const { layerInspect } = await import('./layer');
      await set(interruptible(to.note, (signal) => layerInspect(layer, flags, to, signal)));
    },
  );
}

/** Commands that speak a protocol until their client goes. */
function addServers(root: Command, to: Console, set: Set): void {
  root
    .command('lsp')
    .description('serve the Language Server Protocol')
    .option('--stdio', 'on stdin and stdout (the default)', true)
    .action(async () => {
      const { lsp } = await import('./lsp');
      await set(lsp());
    });

  root
    .command('frontend')
    .description('serve BuildKit as the frontend of a # syntax= image, in a container of its own')
    .action(async () => {
      const { frontend } = await import('./frontend');
      await set(frontend());
    });

  root
    .command('dap')
    .description('serve the Debug Adapter Protocol')
    .option('--port <number>', 'listen on this loopback port instead of stdin and stdout')
    .action(async (flags: { port?: string }) => {
      const { dap } = await import('./dap');
      await set(dap(flags.port, to));
    });

  root
    .command('service')
    .description('serve builder requests as JSON-RPC on stdin and stdout')
    .action(async () => {
      const { service } = await import('./service');
      await set(service());
    });
}
