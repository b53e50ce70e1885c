/** The debug console: what a line of it means, and what it could go on with. */

export type ConsoleCommand =
  | { readonly kind: 'shell' }
  | { readonly kind: 'help' }
  /** A build word: its value is asked for. */
  | { readonly kind: 'word'; readonly text: string }
  /** For the shell of the place. */
  | { readonly kind: 'command'; readonly command: string };

/** @param known whether a bare name is a variable here */
export function parseConsole(text: string, known: (name: string) => boolean): ConsoleCommand {
  const trimmed = text.trim();
  if (trimmed === 'shell') return { kind: 'shell' };
  if (trimmed === 'help' || trimmed === '') return { kind: 'help' };
  const command = /^exec\s+([^]+)$/.exec(trimmed)?.[1];
  if (command !== undefined) return { kind: 'command', command };
  if (isWord(trimmed) || known(trimmed)) return { kind: 'word', text: trimmed };
  return { kind: 'command', command: trimmed };
}

/** `$NAME`, `${NAME:-default}`, `"…$NAME…"`: a word with a variable and no blanks outside quotes. */
export function isWord(text: string): boolean {
  return /^(?:\$\{[^}]*\}|\$\w+|"[^"]*"|[^\s"'$;&|<>()]+)+$/.test(text) && text.includes('$');
}

export const consoleHelp = [
  'COMMAND       run a command where the build stands; what it writes stays until you go on',
  '$NAME         the value of a variable or build argument; ${NAME:-default} works too',
  'shell         open a shell here, in a terminal',
  'help          this list',
].join('\n');

/** What a console line can go on with at some column. */
export type Completion = {
  readonly kind: 'variable' | 'path' | 'command';
  /** The part of the word that is there already. */
  readonly prefix: string;
  /** For paths: the folder, as it is written. */
  readonly folder: string;
};

export function completionAt(text: string, column: number): Completion {
  const before = text.slice(0, column);
  const variable = /\$\{?(\w*)$/.exec(before)?.[1];
  if (variable !== undefined) return { kind: 'variable', prefix: variable, folder: '' };
  const word = /[^\s"'=;&|<>()]*$/.exec(before)?.[0] ?? '';
  const isFirst = /(?:^|[;&|(]|\bexec)\s*$/.test(before.slice(0, before.length - word.length));
  if (isFirst && !word.includes('/')) return { kind: 'command', prefix: word, folder: '' };
  const slash = word.lastIndexOf('/') + 1;
  return { kind: 'path', prefix: word.slice(slash), folder: word.slice(0, slash) };
}
