/**
 * ShellCheck on the scripts of a Dockerfile.
 *
 * The program is the user's own; only scripts that have changed are given to it, one at a time. Each
 * gets a shebang and the variables of the file, as hadolint does it, and places are mapped back.
 */
import type { DockerfileView } from '../dockerfile-view';
import { arrayOf, isCount, isString, object, oneOf } from '../../proto/messages/validate';
import type { Finding } from './finding';
import { shellScripts, type ShellScript } from './shell-scripts';

/**
 * Runs the program on a script.
 * @returns what it prints; undefined when it is not there or has been cancelled
 */
export type RunShellcheck = (
  args: readonly string[],
  script: string,
  signal: AbortSignal,
) => Promise<string | undefined>;

type Comment = {
  readonly line: number;
  readonly endLine: number;
  readonly column: number;
  readonly endColumn: number;
  readonly level: 'error' | 'warning' | 'info' | 'style';
  readonly code: number;
  readonly message: string;
};

const isAnswer = object<{ readonly comments: readonly Comment[] }>({
  comments: arrayOf(
    object<Comment>({
      line: isCount,
      endLine: isCount,
      column: isCount,
      endColumn: isCount,
      level: oneOf('error', 'warning', 'info', 'style'),
      code: isCount,
      message: isString,
    }),
  ),
});

const severities = {
  error: 'error',
  warning: 'warning',
  info: 'information',
  style: 'hint',
} as const;

/** Rules about things that a Dockerfile decides: the shebang, and files that are not there yet. */
const excluded = 'SC2187,SC1090,SC1091,SC2154,SC2164';
/** How many answers are kept; a file has about as many RUNs. */
const maxKept = 500;

export class Shellcheck {
  private readonly kept = new Map<string, readonly Comment[]>();

  constructor(private readonly run: RunShellcheck) {}

  async check(view: DockerfileView, signal: AbortSignal): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const script of shellScripts(view)) {
      const comments = await this.comments(script, signal);
      if (comments === undefined) return [];
      findings.push(...comments.map((comment) => findingOf(script, comment)));
    }
    return findings;
  }

  private async comments(
    script: ShellScript,
    signal: AbortSignal,
  ): Promise<readonly Comment[] | undefined> {
    const input = preludeOf(script) + script.text.slice(script.shebang ?? 0);
    const key = `${script.shebang ?? ''} ${input}`;
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    const args = ['--format=json1', `--exclude=${excluded}`, '--norc', '-'];
    const output = await this.run(args, `${input}\n`, signal);
    if (output === undefined || signal.aborted) return undefined;
    const comments = commentsOf(output);
    if (this.kept.size >= maxKept) this.kept.clear();
    this.kept.set(key, comments);
    return comments;
  }
}

/** A script with a shebang of its own says what it is. */
function preludeOf({ shell, variables, shebang }: ShellScript): string {
  if (shebang !== undefined) return '';
  const exports = variables.map((name) => `export ${name}=1; `).join('');
  return `#!/bin/${shell === 'busybox' ? 'sh' : shell}\n${exports}:;\n`;
}

function commentsOf(output: string): readonly Comment[] {
  try {
    const answer: unknown = JSON.parse(output);
    return isAnswer(answer) ? answer.comments : [];
  } catch {
    return []; // Another program by that name, or one that printed an error.
  }
}

function findingOf(script: ShellScript, comment: Comment): Finding {
  const skipped = preludeOf(script).split('\n').length - 1;
  const lines = script.text.split('\n');
  const offset = (line: number, column: number): number => {
    const index = Math.min(Math.max(line - 1 - skipped, 0), lines.length - 1);
    const start = lines.slice(0, index).reduce((sum, each) => sum + each.length + 1, 0);
    const tabs = index === 0 ? (script.shebang ?? 0) : 0;
    return start + tabs + columnOf((lines[index] ?? '').slice(tabs), column);
  };
  const start = offset(comment.line, comment.column);
  const end = Math.max(start + 1, offset(comment.endLine, comment.endColumn));
  return {
    code: `SC${comment.code}`,
    message: comment.message,
    severity: severities[comment.level],
    span: script.spanOf(start, Math.min(end, script.text.length)),
    source: 'ShellCheck',
    url: `https://www.shellcheck.net/wiki/SC${comment.code}`,
  };
}

/** ShellCheck counts code points from 1; in the format `json1` a tab is one of them. */
function columnOf(line: string, column: number): number {
  let at = 0;
  let seen = 1;
  for (const character of line) {
    if (seen >= column) break;
    seen += 1;
    at += character.length;
  }
  return at;
}
