/**
 * Syntax node → typed instruction: one parser for each instruction, in one table.
 *
 * Every parser throws an Error with BuildKit's message; {@link parseInstruction} says so too. The
 * order of the checks is BuildKit's, because only the first failure is reported.
 */
import { chomp, tryHeredoc } from '../parser/heredoc';
import {
  instructionNames,
  instructionSpec,
  instructionSpecs,
  networkChoices,
  securityChoices,
  type InstructionName,
} from '../grammar/instructions';
import type { InstructionContent } from '../parser/chunk';
import type { Instruction } from '../parser/syntax-tree';
import { compareBytes, equalFold, quote, toLower, toUpper, trimSpace } from '../text/go';
import { withSuggestion } from '../text/suggest';
import {
  descriptionOf,
  type ArgDefinition,
  type Command,
  type CommandBase,
  type CommandContent,
  type CommandLine,
  type CopySources,
  type FromCommand,
  type KeyValue,
} from './command';
import { parseDevice } from './device';
import { readFlags } from './flags';
import { parseHealthcheck } from './healthcheck';
import { scanMount } from './mounts';

/** Reads an instruction. @throws Error with BuildKit's message. */
export function parseInstruction(node: Instruction): Command | FromCommand {
  return placeCommand(readInstruction(node.content), node);
}

/**
 * A command in its place.
 *
 * What is spread stands last, here and wherever thousands of objects get keys besides: an object
 * that begins with a spread has a hidden class of its own in V8 (to Node 20), which costs more
 * memory than the object, and time at every look at it.
 */
export function placeCommand(content: CommandContent, node: Instruction): Command | FromCommand {
  return { lines: node.lines, place: node.content, node, ...content };
}

/** Reads what an instruction says, wherever it stands. @throws Error with BuildKit's message. */
export function readInstruction(node: InstructionContent): CommandContent {
  if (node.name === undefined) {
    const known = instructionNames.map(toUpper);
    throw new Error(
      withSuggestion(`unknown instruction: ${node.keyword}`, node.keyword, known, false),
    );
  }
  return parsers[node.name](node);
}

function base({ keyword, original, comments }: InstructionContent): BaseContent {
  return { keyword, code: trimSpace(original), comments };
}

type BaseContent = Omit<CommandBase, 'node' | 'lines' | 'place'>;
type InstructionParser = (node: InstructionContent) => CommandContent;

const parsers: Readonly<Record<InstructionName, InstructionParser>> = {
  from: parseFrom,
  arg: parseArg,
  env(node) {
    readFlags(node.flags, []);
    return { type: 'env', pairs: keyValues(node.args, 'ENV'), ...base(node) };
  },
  label(node) {
    readFlags(node.flags, []);
    return { type: 'label', pairs: keyValues(node.args, 'LABEL'), ...base(node) };
  },
  maintainer(node) {
    const maintainer = exactlyOne(node, 'MAINTAINER');
    readFlags(node.flags, []);
    return { type: 'maintainer', maintainer, ...base(node) };
  },
  copy(node) {
    needDestination(node, 'COPY');
    const flags = readFlags(node.flags, instructionSpecs.copy.flags);
    const sources = copySources(node, 'COPY');
    return {
      type: 'copy',
      from: flags.text('from'),
      chown: flags.text('chown'),
      chmod: flags.text('chmod'),
      link: flags.bool('link'),
      parents: flags.bool('parents'),
      excludes: flags.list('exclude'),
      ...sources,
      ...base(node),
    };
  },
  add(node) {
    needDestination(node, 'ADD');
    const flags = readFlags(node.flags, instructionSpecs.add.flags);
    const sources = copySources(node, 'ADD');
    return {
      type: 'add',
      chown: flags.text('chown'),
      chmod: flags.text('chmod'),
      link: flags.bool('link'),
      excludes: flags.list('exclude'),
      checksum: flags.text('checksum'),
      ...(flags.has('keep-git-dir') && { keepGitDir: flags.bool('keep-git-dir') }),
      ...(flags.has('unpack') && { unpack: flags.bool('unpack') }),
      ...sources,
      ...base(node),
    };
  },
  run(node) {
    const flags = readFlags(node.flags, instructionSpecs.run.flags);
    const line = commandLine(node);
    const devices = flags.list('device').map(parseDevice);
    const mounts = flags.list('mount').map(scanMount);
    return {
      type: 'run',
      mounts,
      network: oneOf(
        flags.text('network', 'default'),
        networkChoices.map(({ value: choice }) => choice),
        (value) => `invalid network mode ${quote(value)}`,
      ),
      security: oneOf(
        flags.text('security', 'sandbox'),
        securityChoices.map(({ value: choice }) => choice),
        (value) => `security ${quote(value)} is not valid`,
      ),
      devices,
      ...line,
      ...base(node),
    };
  },
  cmd(node) {
    readFlags(node.flags, []);
    return { type: 'cmd', ...commandLine(node), ...base(node) };
  },
  entrypoint(node) {
    readFlags(node.flags, []);
    return { type: 'entrypoint', ...commandLine(node), ...base(node) };
  },
  workdir(node) {
    const path = exactlyOne(node, 'WORKDIR');
    readFlags(node.flags, []);
    return { type: 'workdir', path, ...base(node) };
  },
  user(node) {
    const user = exactlyOne(node, 'USER');
    readFlags(node.flags, []);
    return { type: 'user', user, ...base(node) };
  },
  expose(node) {
    atLeastOne(node, 'EXPOSE');
    readFlags(node.flags, []);
    return { type: 'expose', ports: [...node.args].sort(compareBytes), ...base(node) };
  },
  volume(node) {
    atLeastOne(node, 'VOLUME');
    readFlags(node.flags, []);
    const volumes = node.args.map(trimSpace);
    if (volumes.includes('')) throw new Error('VOLUME specified can not be an empty string');
    return { type: 'volume', volumes, ...base(node) };
  },
  stopsignal(node) {
    return { type: 'stopsignal', signal: exactlyOne(node, 'STOPSIGNAL'), ...base(node) };
  },
  shell(node) {
    readFlags(node.flags, []);
    if (node.args.length === 0) throw new Error('SHELL requires at least one argument');
    if (!node.json) throw new Error('SHELL requires the arguments to be in JSON form');
    return { type: 'shell', shell: node.args, ...base(node) };
  },
  healthcheck(node) {
    return { type: 'healthcheck', health: parseHealthcheck(node), ...base(node) };
  },
  onbuild: parseOnbuild,
};

const stageName = /^[a-z][a-z0-9\-_.]*$/;

function parseFrom(node: InstructionContent): CommandContent {
  const [image = '', as = '', written = ''] = node.args;
  let name = '';
  if (node.args.length === 3 && equalFold(as, 'as')) {
    name = toLower(written);
    if (!stageName.test(name)) {
      throw new Error(
        `invalid name for build stage: ${quote(written)}, name can't start with a number or contain symbols`,
      );
    }
  } else if (node.args.length !== 1) {
    throw new Error('FROM requires either one or three arguments');
  }
  const flags = readFlags(node.flags, instructionSpecs.from.flags);
  return {
    type: 'from',
    base: image,
    name,
    platform: flags.text('platform'),
    description: descriptionOf(node.comments, name),
    ...base(node),
  };
}

/** A FROM that cannot be read, so that the stages after it keep their numbers. */
export function lostFrom(node: Instruction): FromCommand {
  const [, as = '', written = ''] = node.args;
  const name = equalFold(as, 'as') && stageName.test(toLower(written)) ? toLower(written) : '';
  return {
    ...base(node.content),
    lines: node.lines,
    place: node.content,
    node,
    type: 'from',
    base: '',
    name,
    platform: '',
    description: '',
    lost: true,
  };
}

/** ARG looks at no flags at all. */
function parseArg(node: InstructionContent): CommandContent {
  if (node.args.length === 0) throw new Error('ARG requires at least one argument');
  const definitions = node.args.map((arg): ArgDefinition => {
    const equals = arg.indexOf('=');
    if (equals === 0) throw new Error('ARG names can not be blank');
    const key = equals < 0 ? arg : arg.slice(0, equals);
    const description = descriptionOf(node.comments, key);
    return equals < 0 ? { key, description } : { key, value: arg.slice(equals + 1), description };
  });
  return { type: 'arg', definitions, ...base(node) };
}

function parseOnbuild(node: InstructionContent): CommandContent {
  const [first] = node.args;
  if (first === undefined) throw new Error('ONBUILD requires at least one argument');
  readFlags(node.flags, []);
  const trigger = toUpper(trimSpace(first));
  if (trigger === 'ONBUILD') {
    throw new Error("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  }
  const name = instructionNames.find((candidate) => toUpper(candidate) === trigger);
  if (name !== undefined && instructionSpec(name).noTrigger === true) {
    throw new Error(`${trigger} isn't allowed as an ONBUILD trigger`);
  }
  const bare = node.original.replace(/^[\t\n\f\r ]*ONBUILD[\t\n\f\r ]*/i, '');
  const documents = node.heredocs.map((heredoc) => `\n${heredoc.content}${heredoc.name}`);
  return { type: 'onbuild', expression: bare + documents.join(''), ...base(node) };
}

function keyValues(args: readonly string[], command: string): KeyValue[] {
  if (args.length === 0) throw new Error(`${command} requires at least one argument`);
  const pairs: KeyValue[] = [];
  for (let index = 0; index < args.length; index += 3) {
    const [key = '', value = '', delimiter = ''] = args.slice(index, index + 3);
    if (key === '') throw new Error(`${command} names can not be blank`);
    pairs.push({ key, value, legacy: delimiter === '' });
  }
  return pairs;
}

function commandLine(node: InstructionContent): CommandLine {
  return {
    args: node.json || node.args.length === 0 ? node.args : [node.args.join(' ')],
    shell: !node.json,
    files: node.heredocs.map((heredoc) => ({
      name: heredoc.name,
      data: heredoc.content,
      chomp: heredoc.chomp,
      expand: heredoc.expand,
    })),
  };
}

function copySources(node: InstructionContent, command: string): CopySources {
  const dest = node.args.at(-1) ?? '';
  if (tryHeredoc(dest) !== undefined) {
    throw new Error(`${command} cannot accept a heredoc as a destination`);
  }
  // Two documents of one name: the last one's content counts for both.
  const documents = new Map(node.heredocs.map((heredoc) => [heredoc.name, heredoc.content]));
  const sources: string[] = [];
  const contents: CopySources['contents'][number][] = [];
  for (const source of node.args.slice(0, -1)) {
    const heredoc = tryHeredoc(source);
    if (heredoc === undefined) {
      sources.push(source);
      continue;
    }
    const content = documents.get(heredoc.name) ?? '';
    const data = heredoc.chomp ? chomp(content) : content;
    contents.push({ path: heredoc.name, data, expand: heredoc.expand });
  }
  return { sources, contents, dest };
}

function oneOf<T extends string>(
  value: string,
  options: readonly T[],
  message: (value: string) => string,
): T {
  const found = options.find((option) => option === value);
  if (found === undefined) throw new Error(message(value));
  return found;
}

function atLeastOne(node: InstructionContent, command: string): void {
  if (node.args.length === 0) throw new Error(`${command} requires at least one argument`);
}

function exactlyOne(node: InstructionContent, command: string): string {
  const [only] = node.args;
  if (only === undefined || node.args.length !== 1) {
    throw new Error(`${command} requires exactly one argument`);
  }
  return only;
}

function needDestination(node: InstructionContent, command: string): void {
  if (node.args.length < 2) {
    throw new Error(
      `${command} requires at least two arguments, but only one was provided. Destination could not be determined`,
    );
  }
}
