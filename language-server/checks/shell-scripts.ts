/** The shell scripts of a Dockerfile: RUN lines and heredocs, with the way back to the source. */
import type { DockerfileView } from '../dockerfile-view';
import type { Span } from '../dockerfile';
import { joinedText } from '../dockerfile/occurrences/joined-text';
import type { Instruction } from '../dockerfile/parser/syntax-tree';

export type ShellScript = {
  /** `sh`, `bash`, `dash`, `ksh` or `busybox`. */
  readonly shell: string;
  readonly text: string;
  /** Tabs before its own shebang, which `<<-` takes off; undefined for a script without one. */
  readonly shebang?: number;
  /** Variables that the file or the builder sets before the script runs. */
  readonly variables: readonly string[];
  /** A place in the text, in UTF-16 units. */
  spanOf(start: number, end: number): Span;
};

const shells = /(?:^|[/\\])(sh|bash|dash|ksh|ash)$/;

/** Scripts in shells that can be checked; exec forms and other languages are left out. */
export function shellScripts(view: DockerfileView): ShellScript[] {
  return view.stages.stages.flatMap((stage) => {
    let shell: string | undefined = shellOfBase(view, stage.index);
    const scripts: ShellScript[] = [];
    for (const instruction of stage.instructions) {
      if (instruction.name === 'shell') shell = shellName(instruction.args[0] ?? '');
      if (instruction.name !== 'run' || shell === undefined || instruction.json) continue;
      const variables = [
        ...view.variables
          .visible(view.scopeAt(instruction.span.start), instruction.span.start)
          .keys(),
      ];
      scripts.push(...scriptsOf(view, instruction, shell, variables));
    }
    return scripts;
  });
}

/** The SHELL that the stages below have set. */
function shellOfBase(view: DockerfileView, index: number): string | undefined {
  for (let stage = view.stages.stages[index]?.base; stage !== undefined; stage = stage.base) {
    const set = stage.instructions.findLast(({ name }) => name === 'shell');
    if (set !== undefined) return shellName(set.args[0] ?? '');
  }
  return 'sh';
}

function shellName(program: string): string | undefined {
  const name = shells.exec(program)?.[1];
  return name === 'ash' ? 'busybox' : name;
}

function scriptsOf(
  view: DockerfileView,
  instruction: Instruction,
  shell: string,
  variables: readonly string[],
): ShellScript[] {
  const { heredocs, words } = instruction;
  const [word] = words;
  if (heredocs.length === 0) {
    if (word === undefined) return [];
    const line = joinedText(view.text, view.tree.escape, word);
    return [{ shell, text: line.text, variables, spanOf: (start, end) => line.spanOf(start, end) }];
  }
  // With a command in front, a heredoc is that command's input.
  if (!/^\d*<<-?\s*\S+$/.test(word?.text.trim() ?? '')) return [];
  return heredocs.flatMap(({ body, content, chomp }) => {
    const [, tabs = '', program] = /^(\t*)#!\s*(?:\/usr\/bin\/env\s+)?(\S+)/.exec(content) ?? [];
    // Only `<<-` takes the tabs off; behind them there is no shebang.
    const hasShebang = program !== undefined && (chomp || tabs === '');
    const own = hasShebang ? shellName(program) : shell;
    if (own === undefined) return [];
    const spanOf = (start: number, end: number) => ({
      start: body.start + start,
      end: body.start + end,
    });
    const shebang = hasShebang ? { shebang: tabs.length } : {};
    return [{ shell: own, text: content, variables, spanOf, ...shebang }];
  });
}
