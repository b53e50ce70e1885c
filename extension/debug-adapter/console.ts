/** The debug console's commands. */

export type ConsoleCommand =
  | { readonly kind: 'shell' }
  | { readonly kind: 'exec'; readonly command: string }
  | { readonly kind: 'help' }
  | { readonly kind: 'expression'; readonly text: string };

export function parseConsole(text: string): ConsoleCommand {
  const trimmed = text.trim();
  if (trimmed === 'shell') return { kind: 'shell' };
  if (trimmed === 'help' || trimmed === '') return { kind: 'help' };
  const command = /^exec\s+([^]+)$/.exec(trimmed)?.[1];
  if (command !== undefined) return { kind: 'exec', command };
  return { kind: 'expression', text: trimmed };
}

export const consoleHelp = [
  'shell         open a shell in the step stopped at, in a terminal',
  'exec COMMAND  run a command in the step stopped at',
  'NAME          the value of a variable or build argument',
].join('\n');
