/**
 * Why a step failed, where the cause can be told, and what would help. Each hint rests on what
 * BuildKit said, on the exit code and on the end of the output; none is a guess.
 */
import type { ExecOp, Op } from '../../../proto/model/op';

export type FailureFacts = {
  readonly message: string;
  readonly exitCode: number | undefined;
  /** The last lines that the step printed. */
  readonly output: string;
  readonly op: Op | undefined;
  /** Undefined where no ignore file speaks of the path, or there is none. */
  readonly ignoredBy: (path: string) => Promise<string | undefined>;
};

type Hint = (facts: FailureFacts) => Promise<string | undefined> | string | undefined;

/** In the order in which they are looked for; the first that knows speaks. */
const hints: readonly Hint[] = [
  wrongFormat,
  commandNotFound,
  missingFile,
  noNetwork,
  noSpace,
  permission,
  outOfMemory,
  lostSnapshot,
];

export async function failureHint(facts: FailureFacts): Promise<string | undefined> {
  for (const hint of hints) {
    const found = await hint(facts);
    if (found !== undefined) return found;
  }
  return undefined;
}

function wrongFormat({ output, message, op }: FailureFacts): string | undefined {
  const program = /exec (\S+?):? exec format error/i.exec(output + message)?.[1];
  if (program === undefined && !/exec format error/i.test(output + message)) return undefined;
  const platform = op?.platform;
  const kind = platform === undefined ? 'this platform' : `${platform.os}/${platform.architecture}`;
  return (
    `${program ?? 'The program'} is no program for ${kind}, or a script without a #! line. ` +
    'Build for the platform that it was made for, or give the builder an emulator (binfmt, QEMU).'
  );
}

function commandNotFound({ exitCode, output, message }: FailureFacts): string | undefined {
  const program =
    /(?:^|[\s:])([^\s:]+): (?:command )?not found\s*$/m.exec(output)?.[1] ??
    /exec: "([^"]+)": executable file not found/.exec(message + output)?.[1];
  if (program !== undefined && (exitCode === 127 || exitCode === undefined || exitCode === 1)) {
    if (program.includes('/')) {
      return `${program} is not there, or what its #! line names is not (line ends of Windows count as part of that name).`;
    }
    return `There is no program "${program}" here. Install it in an earlier step, or check PATH and the spelling.`;
  }
  return exitCode === 127
    ? 'A command was not found (exit code 127). Check PATH and the spelling.'
    : undefined;
}

async function missingFile({ message, op, ignoredBy }: FailureFacts): Promise<string | undefined> {
  const path =
    /failed to calculate checksum of ref \S+: "?([^"]+?)"?: not found/.exec(message)?.[1] ??
    /lstat (\S+): no such file or directory/.exec(message)?.[1];
  if (path === undefined || op?.op.kind !== 'file') return undefined;
  const rule = await ignoredBy(path);
  return rule === undefined
    ? `There is no ${path} where this step copies from. Paths are relative to the build context, or to the stage of --from.`
    : `${path} is in the folder, but ${rule} leaves it out of the build context.`;
}

function noNetwork({ output, op }: FailureFacts): string | undefined {
  const command: ExecOp | undefined = op?.op.kind === 'exec' ? op.op : undefined;
  const wantsNetwork =
    /bad address|could not resolve|temporary failure in name resolution|name does not resolve|network is unreachable|network unreachable/i;
  if (!wantsNetwork.test(output)) return undefined;
  return command?.network === 'none'
    ? 'This step runs without a network (network mode none). Allow one with RUN --network=default, or with "networkMode".'
    : 'The step could not reach the network. Check the name, the proxy and the builder’s network.';
}

function permission({ output, message, exitCode, op }: FailureFacts): string | undefined {
  const command: ExecOp | undefined = op?.op.kind === 'exec' ? op.op : undefined;
  if (command === undefined) return undefined;
  const denied = /permission denied|operation not permitted/i.test(output + message);
  if (!denied && exitCode !== 126) return undefined;
  const user = command.meta.user === '' ? 'root' : command.meta.user;
  return exitCode === 126
    ? `The program may not be executed by ${user} (exit code 126). Give it the x bit, e.g. with COPY --chmod.`
    : `The step runs as ${user}, who may not do this. Change the owner (COPY --chown, chown) or the USER.`;
}

function noSpace({ output, message }: FailureFacts): string | undefined {
  return /no space left on device|disk quota exceeded/i.test(output + message)
    ? 'The builder’s disk is full. Prune its cache, or give it more room.'
    : undefined;
}

function outOfMemory({ exitCode, output, message }: FailureFacts): string | undefined {
  if (/cannot allocate memory|out of memory/i.test(output + message)) {
    return 'Memory ran out. Give the builder more, or have the step do less at a time.';
  }
  return exitCode === 137
    ? 'The process was killed (exit code 137), most often because memory ran out. Give the builder more, or have the step do less at a time.'
    : undefined;
}

/** The record stays as it is until its step has run anew in a build of its own. */
function lostSnapshot({ message }: FailureFacts): string | undefined {
  return message.includes('failed to stat active key during commit')
    ? 'BuildKit has lost what this step starts from, which happens when a build is cancelled while a result is committed. Build once without the cache (--no-cache, "noCache"), or prune the builder’s cache.'
    : undefined;
}
