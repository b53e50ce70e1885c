/**
 * Quick fixes for findings and errors, BuildKit's own ways to silence a rule, fix all, and
 * refactorings. All edits come from the pure Dockerfile library; here they become LSP's.
 */
import {
  CodeActionKind,
  type CodeAction,
  type CodeActionContext,
  type Diagnostic,
  type Range,
  type TextEdit as LspEdit,
} from 'vscode-languageserver-types';
import type { Platform } from '../../proto/model/op';
import { applyEdits, fixesFor, parse, type LintWarning, type TextEdit } from '../dockerfile';
import {
  ignoreInFile as ignoreByGlobalComment,
  ignoreOnInstruction as ignoreByComment,
} from '../checks/hadolint/ignore';
import { stageChecks } from '../checks/stage-checks';
import type { ImageResolver } from '../dockerfile/compile/image-resolver';
import type { BuildError } from '../dockerfile/compile/result';
import { ignoreInFile, ignoreOnInstruction } from '../dockerfile/lint/fixes/ignore';
import type { SyntaxTree } from '../dockerfile/parser/syntax-tree';
import { pinEdit, pinnableImages } from '../dockerfile/refactor/pin-image';
import { refactoringsAt } from '../dockerfile/refactor/refactorings';
import type { Span } from '../dockerfile/text/span';
import type { DockerfileView } from '../dockerfile-view';
import { rangeOfLines } from '../places';
import { suggestionEdits } from './suggestion-edits';

export type CodeActionSource = {
  readonly view: DockerfileView;
  readonly images: ImageResolver;
  /** The platform that images are resolved for. */
  readonly platform: Platform;
  /** What is wrong with the text as it is. */
  readonly problems: () => Promise<{
    warnings: readonly LintWarning[];
    errors: readonly BuildError[];
  }>;
  /** Whether hadolint's comments count in this file. */
  readonly countsComments: () => Promise<boolean>;
  /** What would be wrong with another text in its place. */
  readonly lint: (tree: SyntaxTree) => Promise<readonly LintWarning[]>;
};

export const FIX_ALL = `${CodeActionKind.SourceFixAll}.llbLens`;

export const codeActionKinds = [
  CodeActionKind.QuickFix,
  CodeActionKind.RefactorExtract,
  CodeActionKind.RefactorRewrite,
  FIX_ALL,
];

/** Fixing one thing can bring up another; a file that does not settle is left half fixed. */
const maxRounds = 10;

export async function codeActions(
  source: CodeActionSource,
  range: Range,
  { only, diagnostics }: CodeActionContext,
): Promise<CodeAction[]> {
  const wants = (kind: string): boolean =>
    only === undefined || only.some((one) => kind === one || kind.startsWith(`${one}.`));
  const wantsRefactor = codeActionKinds.slice(1, 3).some(wants) || wantsSubkind(only);
  const actions = [
    ...(wants(CodeActionKind.QuickFix) ? await quickFixes(source, range, diagnostics) : []),
    ...(wantsRefactor ? await refactors(source, range) : []),
    // Without `only`, an editor asks what to show in its menu; fix all belongs to saving.
    ...(only !== undefined && wants(FIX_ALL) ? await fixAll(source) : []),
  ];
  return actions.filter(({ kind }) => kind === undefined || wants(kind));
}

const wantsSubkind = (only: readonly string[] | undefined): boolean =>
  only?.some((one) => one.startsWith(`${CodeActionKind.Refactor}.`)) === true;

async function quickFixes(
  source: CodeActionSource,
  range: Range,
  diagnostics: readonly Diagnostic[],
): Promise<CodeAction[]> {
  const { view, problems } = source;
  const { warnings, errors } = await problems();
  const fixes: CodeAction[] = [];
  const ignores: CodeAction[] = [];
  for (const warning of warnings) {
    if (!rangesOf(view, warning).some((one) => touches(one, range))) continue;
    const about = diagnostics.filter(
      (one) => one.code === warning.rule && one.message === warning.detail,
    );
    for (const [index, { title, edits }] of fixesFor(view.tree, warning).entries()) {
      const fix = action(view, CodeActionKind.QuickFix, title, edits, about);
      fixes.push(index === 0 ? { ...fix, isPreferred: true } : fix);
    }
    const places = [
      ['here', ignoreOnInstruction(view.tree, warning)],
      ['in this file', ignoreInFile(view.tree, warning)],
    ] as const;
    for (const [where, edits] of places) {
      if (edits === undefined) continue;
      const title = `Ignore ${warning.rule} ${where}`;
      ignores.push(action(view, CodeActionKind.QuickFix, title, edits, about));
    }
  }
  for (const error of errors) {
    for (const { title, edits } of suggestionEdits(view.tree, error)) {
      const places = error.span === undefined ? edits : [...edits, error.span];
      if (!places.some((place) => touches(view.range(place), range))) continue;
      const about = diagnostics.filter(({ message }) => message === error.message);
      const fix = action(view, CodeActionKind.QuickFix, title, edits, about);
      fixes.push({ ...fix, isPreferred: true });
    }
  }
  fixes.push(...checkFixes(view, range, diagnostics));
  ignores.push(...(await commentIgnores(source, diagnostics)));
  return distinct([...fixes, ...ignores]);
}

/** What takes our own findings away. */
function checkFixes(
  view: DockerfileView,
  range: Range,
  diagnostics: readonly Diagnostic[],
): CodeAction[] {
  return stageChecks(view).flatMap(({ code, message, span, fixes }) => {
    if (fixes === undefined || !touches(view.range(span), range)) return [];
    const about = diagnostics.filter((one) => one.code === code && one.message === message);
    return fixes().map(({ title, edits }, index) => ({
      ...action(view, CodeActionKind.QuickFix, title, edits, about),
      ...(index === 0 ? { isPreferred: true } : {}),
    }));
  });
}

const commentedSources: ReadonlySet<string | undefined> = new Set(['hadolint', 'ShellCheck']);

/** hadolint's comments, for what it and ShellCheck have found. */
async function commentIgnores(
  { view, countsComments }: CodeActionSource,
  diagnostics: readonly Diagnostic[],
): Promise<CodeAction[]> {
  const found = diagnostics.filter(({ source }) => commentedSources.has(source));
  if (found.length === 0 || !(await countsComments())) return [];
  return found.flatMap((one) => {
    const { code, range } = one;
    const at = view.offsetAt(range.start);
    const instruction = view.tree.instructions.findLast(
      ({ keywordSpan }) => keywordSpan.start <= at,
    );
    if (typeof code !== 'string' || instruction === undefined) return [];
    const places = [
      ['here', ignoreByComment(view, code, instruction)],
      ['in this file', ignoreByGlobalComment(view, code)],
    ] as const;
    return places.map(([where, edit]) =>
      action(view, CodeActionKind.QuickFix, `Ignore ${code} ${where}`, [edit], [one]),
    );
  });
}

async function refactors(source: CodeActionSource, range: Range): Promise<CodeAction[]> {
  const { view, images, platform } = source;
  const selection: Span = {
    start: view.offsetAt(range.start),
    end: view.offsetAt(range.end),
  };
  const actions = refactoringsAt(view.tree, selection).map(({ kind, title, edits }) =>
    action(view, kind, title, edits),
  );
  for (const image of pinnableImages(view.tree, selection)) {
    const answer = await images
      .resolve(image.ref, { platform, mode: 'default' })
      .catch(() => undefined); // an image that is not found has no digest; a diagnostic says so
    if (answer?.digest === undefined || answer.uncertain) continue;
    const title = `Pin ${image.name} to its digest`;
    actions.push(action(view, 'refactor.rewrite.pin', title, [pinEdit(image, answer.digest)]));
  }
  return actions;
}

/** Every fix that leaves the build as it is, until nothing more can be fixed. */
async function fixAll({ view, lint }: CodeActionSource): Promise<CodeAction[]> {
  let { tree } = view;
  for (let round = 0; round < maxRounds; round++) {
    const edits = compatible(
      (await lint(tree)).flatMap((warning) => {
        const [fix] = fixesFor(tree, warning);
        return fix?.keepsLlb === true ? [fix.edits] : [];
      }),
    );
    if (edits.length === 0) break;
    tree = parse(applyEdits(tree.text, edits));
  }
  if (tree.text === view.text) return [];
  const edits = [difference(view.text, tree.text)];
  return [action(view, FIX_ALL, 'Fix all findings that leave the build as it is', edits)];
}

/** Those that do not overlap one taken before. */
function compatible(groups: readonly (readonly TextEdit[])[]): TextEdit[] {
  const taken: TextEdit[] = [];
  for (const group of groups) {
    const clash = group.some((edit) =>
      taken.some((other) => edit.start <= other.end && other.start <= edit.end),
    );
    if (!clash) taken.push(...group);
  }
  return taken;
}

/** One edit from the first to the last character that differs. */
function difference(before: string, after: string): TextEdit {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  let end = before.length;
  let afterEnd = after.length;
  while (end > start && afterEnd > start && before[end - 1] === after[afterEnd - 1]) {
    end--;
    afterEnd--;
  }
  return { start, end, newText: after.slice(start, afterEnd) };
}

function action(
  view: DockerfileView,
  kind: string,
  title: string,
  edits: readonly TextEdit[],
  diagnostics: readonly Diagnostic[] = [],
): CodeAction {
  const changes: LspEdit[] = edits.map(({ start, end, newText }) => ({
    range: view.range({ start, end }),
    newText,
  }));
  return {
    title,
    kind,
    edit: { changes: { [view.uri]: changes } },
    ...(diagnostics.length > 0 && { diagnostics: [...diagnostics] }),
  };
}

function rangesOf(view: DockerfileView, { spans, lines }: LintWarning): Range[] {
  if (spans.length > 0) return spans.map((span) => view.range(span));
  return lines === undefined ? [] : [rangeOfLines(view.document, lines)];
}

function touches(one: Range, other: Range): boolean {
  const before = (a: Range, b: Range): boolean =>
    a.end.line < b.start.line ||
    (a.end.line === b.start.line && a.end.character < b.start.character);
  return !before(one, other) && !before(other, one);
}

/** The same finding at several places has one fix for all of them. */
function distinct(actions: readonly CodeAction[]): CodeAction[] {
  const byEdit = new Map(actions.map((one) => [JSON.stringify([one.title, one.edit]), one]));
  return [...byEdit.values()];
}
