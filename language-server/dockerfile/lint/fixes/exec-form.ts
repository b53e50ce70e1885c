/** A command in shell form as a JSON array, in the way that comes closest to what was meant. */

/** Words that a shell acts on itself; a program of such a name would be something else. */
const builtins = new Set(
  (
    '. : alias bg break case cd command continue eval exec exit export fc fg for getopts hash if ' +
    'jobs read readonly return select set shift source time times trap type ulimit umask unalias ' +
    'unset until wait while function {'
  ).split(' '),
);
const plainWord = /^[\w@%+=:,./-]+$/;

/**
 * The words of a command that means the same without a shell; `exec` in front is what exec form does
 * anyway. Undefined when a shell is needed: variables, quotes, globs, operators, builtins.
 */
export function plainCommand(command: string): readonly string[] | undefined {
  const words = command.trim().split(/[ \t]+/);
  const [first = ''] = words;
  const args = first === 'exec' ? words.slice(1) : words;
  const [program = ''] = args;
  if (/^(?:-.*)?$/.test(program) || builtins.has(program) || program.includes('='))
    return undefined;
  return args.every((word) => plainWord.test(word)) ? args : undefined;
}

/** `["a", "b"]`, as people write it. */
export function jsonArray(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
}
