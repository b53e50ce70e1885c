/**
 * The fixes by rule, best first. A rule without an entry has none that a machine could choose: a
 * secret has to go elsewhere, a base image needs its default, an ignored file its place.
 */
import { instructionSpecs } from '../../grammar/instructions';
import { toLower, toUpper } from '../../text/go';
import type { Instruction, SyntaxTree } from '../../parser/syntax-tree';
import { ruleNamed } from '../rules';
import { majorityCasing } from '../whole-file';
import type { LintWarning } from '../warning';
import { jsonArray, plainCommand } from './exec-form';
import {
  insert,
  instructionAt,
  replace,
  wholeLines,
  type FindingPlace,
  type LintFix,
  type TextEdit,
} from './fix';
import { quoted, valueWord } from './quoting';
import { freeStageName, renameStage } from './rename-stage';

const replaceSpan = (
  { finding }: FindingPlace,
  newText: string | undefined,
): readonly TextEdit[] | undefined => {
  const [span] = finding.spans;
  return span === undefined || newText === undefined ? undefined : [replace(span, newText)];
};

const spanText = ({ tree, finding }: FindingPlace): string => {
  const [span] = finding.spans;
  return span === undefined ? '' : tree.text.slice(span.start, span.end);
};

const lowerStageName: LintFix = {
  title: (place) => `Write the stage name as ${toLower(spanText(place))}`,
  edits: (place) => replaceSpan(place, toLower(spanText(place))),
  keepsLlb: true,
};

const matchFromCasing: LintFix = {
  title: (place) => `Write ${asKeyword(place)} as in ${place.instruction.keyword}`,
  edits: (place) => replaceSpan(place, asKeyword(place)),
  keepsLlb: true,
};

const asKeyword = ({ instruction: { keyword } }: FindingPlace): string =>
  keyword === toLower(keyword) ? 'as' : 'AS';

const removeBlankLines: LintFix = {
  title: () => 'Remove the empty continuation lines',
  edits: ({ tree, finding }) =>
    finding.spans.map((span) => replace(wholeLines(tree.text, span), '')),
  keepsLlb: true,
};

/** `AS` goes along with FROM. */
const matchMajority: LintFix = {
  title: ({ tree, instruction }) =>
    `Write the instruction as ${inMajorityCasing(tree, instruction.keyword)}`,
  edits: ({ tree, instruction: { name, keyword, keywordSpan, words } }) => {
    const as = name === 'from' ? words.slice(1, 2) : [];
    return [
      replace(keywordSpan, inMajorityCasing(tree, keyword)),
      ...as.map((word) => replace(word, inMajorityCasing(tree, word.text))),
    ];
  },
  keepsLlb: true,
};

function inMajorityCasing(tree: SyntaxTree, keyword: string): string {
  const start = tree.instructions.findIndex(({ name }) => name === 'from');
  const keywords = tree.instructions.slice(start).map((one) => one.keyword);
  return majorityCasing(keywords) === 'lowercase' ? toLower(keyword) : toUpper(keyword);
}

const renameTo = (suffix: string): LintFix => {
  const newName = ({ tree, instruction: { words } }: FindingPlace): string =>
    freeStageName(tree, `${toLower(words[2]?.text ?? '')}${suffix}`);
  return {
    title: (place) => `Rename this stage to ${newName(place)}`,
    edits: (place) => renameStage(place.tree, place.instruction, newName(place)),
    keepsLlb: true,
  };
};

const withoutShell: LintFix = {
  title: () => 'Run the program itself, without a shell',
  edits: (place) => {
    const words = plainCommand(place.instruction.args[0] ?? '');
    return replaceSpan(place, words && jsonArray(words));
  },
  keepsLlb: true,
};

const explicitShell: LintFix = {
  title: () => 'Name the shell',
  edits: (place) => {
    const [command = ''] = place.instruction.args;
    const usesSh = place.tree.escape === '\\' && command !== '';
    return replaceSpan(place, usesSh ? jsonArray(['/bin/sh', '-c', command]) : undefined);
  },
  keepsLlb: true,
};

const authorsLabel: LintFix = {
  title: () => 'Use a label',
  edits: ({ tree, instruction: { keywordSpan, words, args } }) => {
    const [name] = words;
    if (name === undefined) return undefined;
    const [keyword, key] = instructionSpecs.maintainer.deprecated.split(' ');
    if (keyword === undefined || key === undefined) return undefined;
    const value = quoted(args.join(' '), tree.escape);
    return [
      replace(keywordSpan, inMajorityCasing(tree, keyword)),
      replace({ start: name.start, end: words.at(-1)?.end ?? name.end }, key + value),
    ];
  },
  keepsLlb: true,
};

/** `$name`, `${name}`, `${name:-…}`: only the name is replaced. */
const useSuggestion: LintFix = {
  title: ({ finding }) => `Use ${finding.suggestion ?? ''}`,
  edits: ({ tree, finding: { spans, suggestion, subject } }) => {
    if (suggestion === undefined || subject === undefined || spans.length === 0) return undefined;
    return spans.map(({ start }) => {
      const at = tree.text.startsWith('${', start) ? start + 2 : start + 1;
      return replace({ start: at, end: at + subject.length }, suggestion);
    });
  },
  keepsLlb: false,
};

const absolutePath: LintFix = {
  title: () => 'Start the path with /',
  edits: (place) => {
    const [span] = place.finding.spans;
    const text = spanText(place);
    if (span === undefined || /^["']?[A-Za-z]:|^["']?\\/.test(text)) return undefined;
    const opening = /^["']/.test(text) ? 1 : 0;
    const dot = text.startsWith('./', opening) ? 1 : 0;
    const start = span.start + opening;
    return [replace({ start, end: start + dot }, dot === 1 ? '' : '/')];
  },
  keepsLlb: false,
};

const removeInstruction: LintFix = {
  title: ({ instruction }) => `Remove this ${toUpper(instruction.keyword)}`,
  edits: ({ tree, outer }) => [replace(wholeLines(tree.text, outer.span), '')],
  keepsLlb: true,
};

const keyValuePair: LintFix = {
  title: ({ instruction }) => `Use ${instruction.keyword} key=value`,
  edits: ({ tree, instruction: { words, args } }) => {
    const [key, value] = words;
    const [, text] = args;
    if (key === undefined || value === undefined || text === undefined) return undefined;
    const span = { start: key.end, end: value.end };
    return [replace(span, `=${valueWord(text, tree.escape)}`)];
  },
  keepsLlb: true,
};

const removePlatform = (keepsLlb: boolean): LintFix => ({
  title: () => 'Remove --platform',
  edits: ({ tree, instruction: { flags } }) => {
    const flag = flags.find(({ name }) => name === 'platform');
    if (flag === undefined) return undefined;
    const blank = /^[ \t]*/.exec(tree.text.slice(flag.end))?.[0].length ?? 0;
    return [replace({ start: flag.start, end: flag.end + blank }, '')];
  },
  keepsLlb,
});

const nameInComment: LintFix = {
  title: ({ finding }) => `Begin the comment with ${finding.subject ?? ''}`,
  edits: ({ tree, outer, finding: { subject } }) => {
    if (hasDirective(outer)) return undefined;
    const comment = tree.comments.findLast(({ end }) => end <= outer.span.start);
    if (comment === undefined || subject === undefined || subject.startsWith('<')) return undefined;
    const marks = /^#[ \t]*/.exec(tree.text.slice(comment.start, comment.end));
    if (marks === null) return undefined;
    const at = { start: comment.start, end: comment.start + marks[0].length };
    return [replace(at, `# ${subject} `)];
  },
  keepsLlb: true,
};

/** An empty comment line ends a block of comments; an empty line does not. */
const detachComment: LintFix = {
  title: () => 'Keep the comment apart with an empty one',
  edits: ({ tree, outer }) =>
    hasDirective(outer) ? undefined : [insert(wholeLines(tree.text, outer.span).start, '#\n')],
  keepsLlb: true,
};

/** `# check=…` above an instruction works only as long as it stays as it is. */
const hasDirective = ({ comments }: Instruction): boolean =>
  comments.some((comment) => /^\s*check\s*=/i.test(comment));

const lowerProtocol: LintFix = {
  title: (place) => `Write ${toLower(spanText(place))}`,
  edits: (place) => {
    const text = spanText(place);
    // A protocol that comes out of a variable is not ours to change.
    return replaceSpan(place, /\/[A-Za-z]+$/.test(text) ? toLower(text) : undefined);
  },
  keepsLlb: true,
};

const containerPort: LintFix = {
  title: (place) => `Expose ${/[^:]*$/.exec(spanText(place))?.[0] ?? ''} only`,
  edits: (place) => {
    const text = spanText(place);
    const port = text.slice(text.lastIndexOf(':') + 1);
    return replaceSpan(place, text.includes('$') || port === '' ? undefined : port);
  },
  keepsLlb: true,
};

export const lintFixes: Readonly<Partial<Record<string, readonly LintFix[]>>> = {
  StageNameCasing: [lowerStageName],
  FromAsCasing: [matchFromCasing],
  NoEmptyContinuation: [removeBlankLines],
  ConsistentInstructionCasing: [matchMajority],
  DuplicateStageName: [renameTo('')],
  ReservedStageName: [renameTo('-stage')],
  JSONArgsRecommended: [withoutShell, explicitShell],
  MaintainerDeprecated: [authorsLabel],
  UndefinedArgInFrom: [useSuggestion],
  WorkdirRelativePath: [absolutePath],
  UndefinedVar: [useSuggestion],
  MultipleInstructionsDisallowed: [removeInstruction],
  LegacyKeyValueFormat: [keyValuePair],
  RedundantTargetPlatform: [removePlatform(true)],
  FromPlatformFlagConstDisallowed: [removePlatform(false)],
  InvalidDefinitionDescription: [nameInComment, detachComment],
  ExposeProtoCasing: [lowerProtocol],
  ExposeInvalidFormat: [containerPort],
};

export type AppliedFix = {
  readonly title: string;
  readonly edits: readonly TextEdit[];
  readonly keepsLlb: boolean;
};

/** The fixes that apply to a finding, best first; none for a finding without an exact place. */
export function fixesFor(tree: SyntaxTree, finding: LintWarning): AppliedFix[] {
  const [span] = finding.spans;
  const found = span === undefined ? undefined : instructionAt(tree, span.start);
  if (found === undefined) return [];
  // What a trigger says is not in this text.
  const isTrigger = ruleNamed(finding.rule)?.ofTriggers === true;
  if (found.instruction.name === 'from' && isTrigger) return [];
  const place: FindingPlace = { tree, finding, ...found };
  return (lintFixes[finding.rule] ?? []).flatMap((fix) => {
    const edits = fix.edits(place);
    if (edits === undefined || edits.length === 0) return [];
    return [{ title: fix.title(place), edits, keepsLlb: fix.keepsLlb }];
  });
}

/** The text with edits made, which must not overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, newText } of [...edits].sort((a, b) => a.start - b.start)) {
    result += text.slice(at, start) + newText;
    at = end;
  }
  return result + text.slice(at);
}
