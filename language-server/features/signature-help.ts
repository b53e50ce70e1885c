/** How to write the instruction at a position, and which part of it is being written. */
import type { Position, SignatureHelp } from 'vscode-languageserver-types';
import type { DockerfileView } from '../dockerfile-view';
import { flagSpec } from '../dockerfile';
import { pairs as pairsOf } from '../dockerfile/occurrences/variable-definitions';
import type { Instruction, InstructionName } from '../dockerfile/parser/syntax-tree';
import { touches, type Span } from '../dockerfile/text/span';
import { unfinishedDirectives } from './unfinished-directives';
import { argumentWords, isInHeredoc, typedArray, type Subject } from './arguments-at';
import {
  argSignatures,
  escapeSignature,
  exposeSignature,
  flagSignature,
  fromSignatures,
  healthcheckSignatures,
  listSignatures,
  onbuildSignature,
  pairSignatures,
  plainSignatures,
  userSignatures,
  type Signature,
} from './signatures';

type Help = {
  readonly signatures: readonly Signature[];
  readonly active: number;
  /** The signature that is shown; default: the first. */
  readonly shown?: number;
};

export function signatureHelp(view: DockerfileView, position: Position): SignatureHelp | undefined {
  const offset = view.offsetAt(position);
  const help = helpAt(view, offset);
  if (help === undefined) return undefined;
  return {
    signatures: help.signatures.map(({ label, docs, parameters }) => ({
      label,
      documentation: docs,
      parameters: parameters.map((parameter) => ({
        label: parameter.label,
        ...(parameter.docs === undefined ? {} : { documentation: parameter.docs }),
      })),
    })),
    activeSignature: help.shown ?? 0,
    activeParameter: help.active,
  };
}

function helpAt(view: DockerfileView, offset: number): Help | undefined {
  const directive =
    view.tree.directives.find(({ span }) => touches(span, offset)) ??
    unfinishedDirectives(view.tree).find(({ span }) => touches(span, offset));
  if (directive !== undefined) {
    return directive.name === 'escape' ? { signatures: [escapeSignature], active: 0 } : undefined;
  }
  if (view.commentAt(offset) !== undefined) return undefined;
  const instruction = view.instructionAt(offset);
  if (instruction === undefined || isInHeredoc(view, instruction, offset)) return undefined;
  if (touches(instruction.keywordSpan, offset)) return undefined;
  const { trigger } = instruction;
  const isTriggers = trigger !== undefined && offset > trigger.keywordSpan.end;
  const subject = { instruction: isTriggers ? trigger : instruction, whole: instruction };
  return instructionHelp(view, subject, offset);
}

type HelpOf = (view: DockerfileView, subject: Subject, offset: number) => Help | undefined;

/** Instructions whose help is not in the tables of lists and of plain signatures. */
const special: Partial<Record<InstructionName, HelpOf>> = {
  arg: argHelp,
  env: (view, { instruction }, offset) => pairHelp('ENV', view, instruction, offset),
  label: (view, { instruction }, offset) => pairHelp('LABEL', view, instruction, offset),
  expose(view, subject, offset) {
    const [first] = argumentWords(view, subject);
    return {
      signatures: [exposeSignature],
      active: first !== undefined && offset > first.end ? 1 : 0,
    };
  },
  from: fromHelp,
  healthcheck: healthcheckHelp,
  onbuild(view, subject, offset) {
    const [first] = argumentWords(view, subject);
    if (first !== undefined && first.end < offset) return undefined;
    return { signatures: [onbuildSignature], active: 0 };
  },
  user(view, { instruction }, offset) {
    const separator = view.text.slice(instruction.span.start, instruction.span.end).indexOf(':');
    if (separator < 0) return { signatures: userSignatures, active: 0 };
    return {
      signatures: userSignatures.filter(({ parameters }) => parameters.length === 2),
      active: offset > instruction.span.start + separator ? 1 : 0,
    };
  },
};

function instructionHelp(view: DockerfileView, subject: Subject, offset: number): Help | undefined {
  const { instruction } = subject;
  const { name } = instruction;
  if (name === undefined) return undefined;
  const flag = flagHelp(instruction, name, offset);
  if (flag !== undefined) return flag;
  const plain = plainSignatures[name];
  if (plain !== undefined) return { signatures: [plain], active: 0 };
  return (special[name] ?? listHelp)(view, subject, offset);
}

/** The value of a flag. ADD and COPY have a parameter for their flags, `--from` apart. */
function flagHelp(
  instruction: Instruction,
  name: InstructionName,
  offset: number,
): Help | undefined {
  const flag = instruction.flags.find(
    ({ valueSpan }) => valueSpan !== undefined && touches(valueSpan, offset),
  );
  const spec = flag && flagSpec(name, flag.name);
  if (flag === undefined || spec === undefined) return undefined;
  if (name === 'copy' && flag.name === 'from') {
    return { signatures: [flagSignature('--from=stage', 'stage', spec.docs)], active: 0 };
  }
  if (name === 'healthcheck') {
    const value = healthcheckExamples[flag.name] ?? spec.value.fallback ?? '5s';
    const label = `HEALTHCHECK --${flag.name}=${value} ...`;
    return { signatures: [flagSignature(label, value, spec.docs)], active: 0 };
  }
  if (name !== 'run') return undefined;
  const value = spec.value.choices?.map((choice) => choice.value).join('|') ?? 'value';
  const parameter = flag.name === 'mount' ? `type=${value},...` : value;
  const label = `RUN --${flag.name}=${parameter} ...`;
  const list = listSignatures.run;
  const whole = [...(list?.shell === undefined ? [] : [list.shell]), ...(list?.json ?? [])];
  const own = flagSignature(label, parameter, spec.docs);
  return { signatures: [...whole, own], active: 0, shown: whole.length };
}

/** A value that shows what the flag is about, where its default does not. */
const healthcheckExamples: Readonly<Record<string, string>> = { 'start-period': '5s' };

/** A default may be written as soon as there is an equals sign. */
function argHelp(view: DockerfileView, { instruction }: Subject, offset: number): Help {
  const equals = view.text.slice(instruction.span.start, instruction.span.end).indexOf('=');
  if (equals < 0) return { signatures: argSignatures, active: 0 };
  return {
    signatures: argSignatures.slice(1),
    active: offset > instruction.span.start + equals ? 1 : 0,
  };
}

function fromHelp(view: DockerfileView, subject: Subject, offset: number): Help | undefined {
  const words = argumentWords(view, subject);
  const [image, as, name] = words;
  if (name !== undefined && name.end < offset) return undefined;
  if (image === undefined) return { signatures: fromSignatures, active: 0 };
  const text = view.text.slice(image.start, image.end);
  const at = text.indexOf('@');
  const separator = at >= 0 ? at : tagSeparator(text);
  const named = words.length > 1 || image.end < offset;
  const column = at >= 0 ? 2 : separator >= 0 ? 1 : undefined;
  const signatures = fromSignatures.filter(
    (_, index) => (column === undefined || index % 3 === column) && (!named || index >= 3),
  );
  return { signatures, active: fromParameter() };

  function fromParameter(): number {
    if (as !== undefined && as.end < offset) return 3;
    if (image !== undefined && image.end < offset) return 2;
    return separator >= 0 && image !== undefined && offset > image.start + separator ? 1 : 0;
  }
}

/** The colon before a tag, not the one before a port; -1 without. */
function tagSeparator(image: string): number {
  // The colon of `${TAG:-latest}` is none.
  const plain = image.replace(/\$\{[^}]*\}?/g, (variable) => '$'.repeat(variable.length));
  const colon = plain.lastIndexOf(':');
  return colon > plain.indexOf('/') ? colon : -1;
}

function healthcheckHelp(view: DockerfileView, subject: Subject, offset: number): Help | undefined {
  const { instruction } = subject;
  const { empty, command, none } = healthcheckSignatures;
  const [type] = argumentWords(view, subject);
  if (type === undefined) {
    return instruction.flags.length === 0
      ? { signatures: [empty, none], active: 0 }
      : { signatures: [command], active: 0 };
  }
  const written = view.text.slice(type.start, type.end).toUpperCase();
  if ('NONE'.startsWith(written)) {
    return type.end < offset ? undefined : { signatures: [none], active: 0 };
  }
  return {
    signatures: [command],
    active: type.end < offset ? 2 : type.start > offset ? 0 : 1,
  };
}

function pairHelp(
  keyword: 'ENV' | 'LABEL',
  view: DockerfileView,
  instruction: Instruction,
  offset: number,
): Help {
  const [legacy, one, many] = pairSignatures(keyword);
  const pairs = pairsOf(view.tree, instruction);
  const [first] = pairs;
  if (first === undefined) return { signatures: [legacy, one, many], active: 0 };
  const isLegacy =
    first.valueSpan !== undefined &&
    !view.text.slice(first.span.end, first.valueSpan.start).includes('=');
  const behindValue = first.valueSpan !== undefined && first.valueSpan.end < offset;
  return { signatures: shown(), active: active() };

  function shown(): Signature[] {
    if (pairs.length > 1) return [many];
    if (first?.valueSpan === undefined) {
      return first !== undefined && first.span.end < offset ? [legacy] : [legacy, one, many];
    }
    if (isLegacy) return [legacy];
    return behindValue ? [many] : [one, many];
  }
  function active(): number {
    for (const pair of pairs.slice(1).toReversed()) {
      if (pair.valueSpan !== undefined && touches(pair.valueSpan, offset)) return 3;
      if (offset >= pair.span.start) return 2;
    }
    if (first?.valueSpan !== undefined && touches(first.valueSpan, offset)) return 1;
    // Before the equals sign the name is being written, also on a line of its own.
    if (first?.valueSpan !== undefined && !isLegacy && offset < first.valueSpan.start) return 0;
    if (behindValue) return isLegacy ? 1 : 2;
    return first !== undefined && first.span.end < offset ? 1 : 0;
  }
}

function listHelp(view: DockerfileView, subject: Subject, offset: number): Help | undefined {
  const { instruction } = subject;
  const list = instruction.name && listSignatures[instruction.name];
  if (list === undefined) return undefined;
  const { shell, json, hasFlags = false, jsonFirst = false, oneKind = false } = list;
  const { repeats = false } = list;
  const shift = hasFlags ? 1 : 0;
  const lastFlag = instruction.flags.at(-1);
  const inFlags = hasFlags && lastFlag !== undefined && offset <= lastFlag.end;
  const both = shell === undefined ? json : jsonFirst ? [...json, shell] : [shell, ...json];
  if (inFlags) return { signatures: both, active: 0 };
  const words = argumentWords(view, subject);
  const place = arrayParameter();
  if (place === undefined) {
    if (shell === undefined) return undefined;
    return { signatures: [shell], active: wordParameter() + shift };
  }
  return { signatures: place === 0 ? both : json, active: place + shift };

  /** The parameter of the JSON forms; undefined where only the shell form fits. */
  function arrayParameter(): number | undefined {
    const { open, strings, close } = typedArray(view, subject);
    if (open === undefined) return words.length === 0 ? 0 : undefined;
    if (close !== undefined && offset >= close.end) {
      if (offset > close.end) return undefined;
      return oneKind ? 3 : 4;
    }
    const [first, second] = strings;
    const last = strings.at(-1);
    if (!oneKind && second !== undefined && second.end < offset) {
      if (strings.length === 2 || repeats || (last !== undefined && touches(last, offset)))
        return 3;
      return 2;
    }
    if (first !== undefined && first.end < offset) {
      if (strings.length > 2) return 2;
      if (!view.text.slice(first.end, offset).includes(',')) return 1;
      return repeats ? 2 : 3;
    }
    return offset >= open.end ? 1 : 0;
  }

  /** The parameter of the shell form. */
  function wordParameter(): number {
    if (repeats) {
      const index = words.findLastIndex((word) => word.start <= offset);
      const word = words[index];
      if (word === undefined) return 0;
      return Math.min(word.end < offset ? index + 1 : index, oneKind ? 1 : 2);
    }
    const [first] = words;
    const last: Span | undefined = words.at(-1);
    if (first === undefined || last === undefined) return 0;
    if (words.length === 1) return first.end < offset ? 2 : 0;
    if (last.start <= offset) return 2;
    return first.end < offset ? 1 : 0;
  }
}
