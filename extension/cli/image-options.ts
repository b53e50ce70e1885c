/** The flags of `llb-lens image`. */
import { type Command, Option } from 'commander';
import { addCacheOptions, type CacheFlags } from './cache-options';
import { progressKinds, type ProgressKind } from './docker-build/build-flags';
import { repeated } from './repeated';

export type ImageCommandFlags = CacheFlags & {
  readonly file?: string;
  readonly tag: readonly string[];
  readonly output: readonly string[];
  readonly layers?: string;
  readonly links: boolean;
  readonly copies: boolean;
  readonly storeDir?: string;
  readonly entrypoint?: string;
  readonly cmd?: string;
  readonly env: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
  readonly label: readonly string[];
  readonly expose: readonly string[];
  readonly volume: readonly string[];
  readonly builder?: string;
  readonly tools?: string;
  readonly toolsFolder?: string;
  readonly sandboxShell?: string;
  readonly nixImage?: string;
  readonly progress: ProgressKind;
  readonly quiet: boolean;
  readonly json: boolean;
};

export function addImageOptions(command: Command): Command {
  return addCacheOptions(command)
    .option('-f, --file <file>', 'Nix expression whose attributes the installables are')
    .option('-t, --tag <name>', 'name of the image (repeatable)', repeated, [])
    .option('-o, --output <spec>', 'exporter, e.g. type=oci,dest=x.tar (repeatable)', repeated, [])
    .option('--layers <number>', 'layers in all; default: 100')
    .option('--no-links', 'link nothing into /, so that there is only the store')
    .option(
      '--copies',
      'copy into / what would be linked: a composite /bin and /lib of files',
      false,
    )
    .option('--entrypoint <words>', 'a program, or a JSON list of words')
    .option('--cmd <words>', 'a program, or a JSON list of words')
    .option('--env <name=value>', 'environment variable (repeatable)', repeated, [])
    .option('--workdir <folder>', 'working directory')
    .option('--user <user>', 'user, and group after a colon')
    .option('--label <name=value>', 'label (repeatable)', repeated, [])
    .option('--expose <port>', 'port, e.g. 80/tcp (repeatable)', repeated, [])
    .option('--volume <folder>', 'volume (repeatable)', repeated, [])
    .option('--store-dir <folder>', 'where inputs and sources lie, besides beside the files')
    .option('--tools <image>', 'image with a static busybox for the sandbox and its /bin/sh')
    .option('--tools-folder <folder>', 'a folder with busybox, and maybe sh, instead')
    .option('--sandbox-shell <path>', 'where in the tools image /bin/sh is')
    .option('--nix-image <image>', 'evaluate in this image, not with the Nix of this machine')
    .addOption(
      new Option('--progress <kind>', 'how to show progress')
        .choices(progressKinds)
        .default('auto'),
    )
    .option('-q, --quiet', 'no progress', false);
}
