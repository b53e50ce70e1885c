/** What the thing at a position is: documentation, resolved values, images, what a step becomes. */
import type { Hover, MarkupKind, Position } from 'vscode-languageserver-types';
import type { MarkdownHover } from '../build-file';
import type { DockerfileView } from '../dockerfile-view';
import {
  directiveSpecs,
  flagSpec,
  instructionSpec,
  mountOption,
  predefinedVariables,
  referenceUrl,
  touches,
  type FlagSpec,
  type MountOptionSpec,
  type Span,
} from '../dockerfile';
import { expandedText, givenValue, resolvedValue } from '../dockerfile/occurrences/resolved-values';
import type { Occurrence } from '../dockerfile/occurrences/occurrence';
import { joinedText } from '../dockerfile/occurrences/joined-text';
import { markup } from './markup';
import { unfinishedDirectives } from './unfinished-directives';
import { descriptionOf } from '../dockerfile/instructions/command';
import type { Flag, Instruction } from '../dockerfile/parser/syntax-tree';
import type { StageNode } from '../dockerfile/occurrences/stages';

/** What the file does not say itself; each answers with lines of Markdown. */
export type HoverSources = {
  /** The ops that an instruction becomes, by its index in the tree. */
  step(instruction: number): Promise<readonly string[]>;
  /** What is known of an image. */
  image(ref: string): Promise<readonly string[]>;
};

type Answer = { readonly span: Span; readonly lines: readonly string[] };

/** @param kind how the client wants texts; undefined for a bare string of Markdown */
export async function hover(
  view: DockerfileView,
  position: Position,
  sources: HoverSources,
  kind: MarkupKind | undefined,
): Promise<Hover | undefined> {
  const offset = view.offsetAt(position);
  const answer = directive(view, offset) ?? (await instructionHover(view, offset, sources));
  if (answer === undefined) return undefined;
  return markdownHover({ markdown: answer.lines, range: view.range(answer.span) }, kind);
}

/** Paragraphs as the client wants them; undefined when there are none. */
export function markdownHover(
  { markdown, range }: MarkdownHover,
  kind: MarkupKind | undefined,
): Hover | undefined {
  if (markdown.length === 0) return undefined;
  const text = markdown.join('\n\n');
  return { contents: kind === undefined ? text : markup(text, kind), range };
}

function directive(view: DockerfileView, offset: number): Answer | undefined {
  const all = [...view.tree.directives, ...unfinishedDirectives(view.tree)];
  const found = all.find(({ span }) => touches(span, offset));
  if (found === undefined) return undefined;
  const { name, span } = found;
  return name && { span, lines: [`**# ${name}=**`, directiveSpecs[name].docs] };
}

async function instructionHover(
  view: DockerfileView,
  offset: number,
  sources: HoverSources,
): Promise<Answer | undefined> {
  const whole = view.instructionAt(offset);
  if (whole === undefined || view.commentAt(offset) !== undefined) return undefined;
  const { trigger } = whole;
  const instruction =
    trigger !== undefined && offset >= trigger.keywordSpan.start ? trigger : whole;
  if (touches(instruction.keywordSpan, offset)) return keyword(view, instruction, whole, sources);
  return (
    named(view, offset) ??
    flag(view, instruction, offset) ??
    (await image(view, instruction, offset, sources))
  );
}

async function keyword(
  view: DockerfileView,
  instruction: Instruction,
  whole: Instruction,
  sources: HoverSources,
): Promise<Answer | undefined> {
  const { name } = instruction;
  if (name === undefined) return undefined;
  const { docs, deprecated } = instructionSpec(name);
  const step = await sources.step(view.tree.instructions.indexOf(whole));
  return {
    span: instruction.keywordSpan,
    lines: [
      `**${name.toUpperCase()}**`,
      docs,
      ...(deprecated === undefined ? [] : [`Use \`${deprecated}\` instead.`]),
      ...step,
      `[Reference](${referenceUrl(name)})`,
    ],
  };
}

/** A stage, a variable or a heredoc. */
function named(view: DockerfileView, offset: number): Answer | undefined {
  const place = view.occurrences.at(offset);
  if (place === undefined) return undefined;
  const { occurrence, name } = place;
  const { span, kind } = occurrence;
  if (kind === 'variable') return variable(view, occurrence, offset);
  if (kind === 'stage') {
    const stage = view.stages.stages.find(
      ({ alias, from }) => occurrence.definition?.start === (alias ?? from.keywordSpan).start,
    );
    const uses = name.occurrences.filter(({ role }) => role === 'read').length;
    return stage && { span, lines: stageLines(stage, uses) };
  }
  return kind === 'heredoc' ? { span, lines: ['The name that ends this heredoc.'] } : undefined;
}

function stageLines(stage: StageNode, uses: number): string[] {
  const { alias, image, index, from, instructions } = stage;
  const name = alias?.text ?? '';
  const description = descriptionOf(from.comments, name.toLowerCase());
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
  return [
    `\`\`\`dockerfile\nFROM ${image?.text ?? ''}${name === '' ? '' : ` AS ${name}`}\n\`\`\``,
    ...(description === '' ? [] : [description]),
    `Stage ${index}: ${count(instructions.length, 'instruction')}, used in ${count(uses, 'place')}.`,
  ];
}

function variable(view: DockerfileView, { span, role }: Occurrence, offset: number): Answer {
  const { tree, variables } = view;
  const { text } = joinedText(tree.text, tree.escape, span);
  const isPreamble = view.stageAt(offset) === undefined && variables.preamble.definitions.has(text);
  const scope = isPreamble ? variables.preamble : view.scopeAt(offset);
  const known = predefinedVariables.get(text);
  const instruction = view.instructionAt(offset);
  const at = (role === 'write' ? instruction?.span.end : instruction?.span.start) ?? offset;
  const definition = variables.effective(scope, text, at);
  if (definition === undefined) {
    const lines = [`**$${text}**`, known?.docs ?? 'Not set by this file before this place.'];
    return { span, lines };
  }
  const value = resolvedValue(variables, scope, text, at, tree.escape);
  const line = view.lineAt(definition.span.start) + 1;
  const source = definition.kind === 'arg' ? 'Build argument' : 'Environment variable';
  return {
    span,
    lines: [
      `\`\`\`dockerfile\n${definition.kind.toUpperCase()} ${text}${value === undefined ? '' : `=${value}`}\n\`\`\``,
      `${source}, set in line ${line}.${
        definition.kind !== 'arg'
          ? ''
          : givenValue(variables, definition) === undefined
            ? ' `--build-arg` changes it.'
            : ' The build that is chosen gives it this value.'
      }`,
      ...(known === undefined ? [] : [known.docs]),
    ],
  };
}

function flag(view: DockerfileView, instruction: Instruction, offset: number): Answer | undefined {
  const found = instruction.flags.find((each) => touches(each, offset));
  if (found === undefined || instruction.name === undefined) return undefined;
  const spec = flagSpec(instruction.name, found.name);
  if (spec === undefined) return undefined;
  const option = spec.value.kind === 'mount' ? mountField(view, found, offset) : undefined;
  if (option !== undefined) return option;
  const choice = spec.value.choices?.find(({ value }) => value === found.value);
  const inValue = found.valueSpan !== undefined && touches(found.valueSpan, offset);
  return {
    span: { start: found.start, end: found.end },
    lines: [
      `**--${spec.name}**`,
      spec.docs,
      ...(inValue && choice !== undefined ? [`\`${choice.value}\`: ${choice.docs}`] : []),
      ...notes(spec),
      `[Reference](${referenceUrl(instruction.name, spec.name)})`,
    ],
  };
}

/** One `key=value` of a mount. */
function mountField(view: DockerfileView, found: Flag, offset: number): Answer | undefined {
  if (found.valueSpan === undefined || !touches(found.valueSpan, offset)) return undefined;
  const line = joinedText(view.text, view.tree.escape, found.valueSpan);
  const type = /(?:^|,)type=([^,]*)/i.exec(line.text)?.[1] ?? 'bind';
  for (const field of line.text.matchAll(/[^,]+/g)) {
    const span = line.spanOf(field.index, field.index + field[0].length);
    if (!touches(span, offset)) continue;
    const [key = '', value] = field[0].split('=');
    const option = mountOption(type, key);
    const choice = option?.value.choices?.find((each) => each.value === value);
    return (
      option && {
        span,
        lines: [
          `**${option.name}** of a ${type} mount`,
          option.docs,
          ...(choice === undefined ? [] : [`\`${choice.value}\`: ${choice.docs}`]),
          ...notes(option),
        ],
      }
    );
  }
  return undefined;
}

function notes(spec: FlagSpec | MountOptionSpec): string[] {
  const { since, channel, value } = spec;
  return [
    ...(value.fallback === undefined ? [] : [`Default: \`${value.fallback}\`.`]),
    ...(since === undefined ? [] : [`Since Dockerfile ${since}.`]),
    ...(channel === 'labs' ? ['Needs `# syntax=docker/dockerfile:1-labs`.'] : []),
  ];
}

/** The image behind FROM, variables in its name replaced. */
async function image(
  view: DockerfileView,
  instruction: Instruction,
  offset: number,
  sources: HoverSources,
): Promise<Answer | undefined> {
  const word = instruction.name === 'from' ? instruction.words[0] : undefined;
  if (word === undefined || !touches(word, offset)) return undefined;
  const span = { start: word.start, end: word.end };
  if (word.text === 'scratch') return { span, lines: ['**scratch**', 'An empty file system.'] };
  const { tree, variables } = view;
  const ref = expandedText(word.text, tree.escape, (name) =>
    resolvedValue(variables, variables.global, name, instruction.span.start, tree.escape),
  );
  if (ref === undefined) return undefined;
  return { span, lines: [`**${ref}**`, ...(await sources.image(ref))] };
}
