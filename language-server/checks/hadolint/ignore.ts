/** hadolint's ways to silence a rule, for its findings and ShellCheck's. An existing comment is added to. */
import type { TextEdit } from '../../dockerfile';
import type { Comment, Instruction } from '../../dockerfile/parser/syntax-tree';
import type { DockerfileView } from '../../dockerfile-view';

/** `# hadolint ignore=` directly above an instruction. */
export function ignoreOnInstruction(
  view: DockerfileView,
  code: string,
  { span, comments }: Instruction,
): TextEdit {
  const before = view.tree.comments.filter(({ end }) => end <= span.start);
  const block = comments.length === 0 ? [] : before.slice(-comments.length);
  const start = view.lineStart(view.lineAt(span.start));
  return added(view, block, code, '') ?? line(view, start, `# hadolint ignore=${code}`);
}

/** `# hadolint global ignore=` at the top, below BuildKit's directives, which any comment ends. */
export function ignoreInFile(view: DockerfileView, code: string): TextEdit {
  const { comments, directives } = view.tree;
  const existing = added(view, comments, code, 'global\\s+');
  if (existing !== undefined) return existing;
  const last = directives.at(-1);
  const above = last === undefined ? undefined : view.lineAt(last.span.end) + 1;
  const start =
    above === undefined
      ? Number(view.text.startsWith('\uFEFF'))
      : above < view.document.lineCount
        ? view.lineStart(above)
        : view.text.length;
  return line(view, start, `# hadolint global ignore=${code}`);
}

/** The code behind those that a comment has already; undefined where there is no such comment. */
function added(
  { text }: DockerfileView,
  comments: readonly Comment[],
  code: string,
  scope: string,
): TextEdit | undefined {
  const pattern = new RegExp(`^#\\s*hadolint\\s+${scope}ignore\\s*=\\s*[^#]*[^#\\s]`);
  for (const { start, end } of comments) {
    const [found] = pattern.exec(text.slice(start, end)) ?? [];
    if (found === undefined) continue;
    const at = start + found.length;
    return { start: at, end: at, newText: `,${code}` };
  }
  return undefined;
}

function line({ text }: DockerfileView, start: number, words: string): TextEdit {
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  return { start, end: start, newText: words + end };
}
