import { describe, expect, it } from 'vitest';
import { parseInstruction } from '../instructions/parse';
import { parseMount } from '../instructions/mounts';
import { parse } from '../parser/parse';
import { instructionNames, instructionSpec, referenceUrl, signatureOf } from './instructions';
import { mountOptions, mountSpecs } from './mounts';
import type { FlagSpec, MountOptionSpec, ValueKind } from './specification';

/** A value of each kind that BuildKit accepts. */
const samples: Readonly<Record<ValueKind, string>> = {
  bool: 'true',
  choice: '',
  command: 'true',
  checksum: `sha256:${'0'.repeat(64)}`,
  device: 'vendor.com/device=one',
  duration: '10s',
  image: 'alpine',
  integer: '1',
  instruction: 'RUN true',
  'key-value': 'A=b',
  mode: '0644',
  'mode-or-symbols': 'u+x',
  mount: 'type=tmpfs,target=/x',
  owner: 'root:root',
  path: '/x',
  pattern: '*.txt',
  platform: 'linux/amd64',
  port: '80/tcp',
  signal: 'SIGTERM',
  size: '64m',
  source: '/x',
  stage: 'alpine',
  'stage-name': 'build',
  text: 'x',
  variable: 'X',
};

const values = ({ value }: FlagSpec | MountOptionSpec): readonly string[] =>
  value.kind === 'choice'
    ? (value.choices ?? []).map(({ value: word }) => word)
    : [samples[value.kind]];

const minimal: Readonly<Record<string, string>> = {
  add: 'a /b',
  copy: 'a /b',
  from: 'alpine',
  healthcheck: 'CMD true',
  run: 'true',
};

describe('the instruction table', () => {
  const flags = instructionNames.flatMap((name) =>
    instructionSpec(name).flags.flatMap((flag) =>
      values(flag).map((value) => [name, `--${flag.name}=${value}`] as const),
    ),
  );
  it.each(flags)('%s %s is accepted', (name, flag) => {
    const [node] = parse(`${name} ${flag} ${minimal[name] ?? ''}`).instructions;
    expect(node?.flags.map(({ text }) => text)).toEqual([flag]);
    expect(() => node && parseInstruction(node)).not.toThrow();
  });

  const options = Object.keys(mountSpecs).flatMap((type) =>
    mountOptions(type)
      .filter(({ name }) => name !== 'type')
      .flatMap((option) =>
        [option.name, ...option.aliases].flatMap((key) => [
          ...values(option).map((value) => [type, `${key}=${value}`] as const),
          ...(option.bare ? [[type, key] as const] : []),
        ]),
      ),
  );
  it.each(options)('a mount of type %s takes %s', (type, option) => {
    const id = type === 'secret' && !option.startsWith('id=') ? ',target=/x' : '';
    expect(() => parseMount(`type=${type}${id},${option}`, (value) => value)).not.toThrow();
  });

  it('has a signature for every form, each parameter in its place', () => {
    const { forms } = instructionSpec('from');
    const [form = { parameters: [] }] = forms;
    const { label, parameters } = signatureOf('from', form);
    expect(label).toBe('FROM [FLAGS] IMAGE [AS] [NAME]');
    expect(parameters.map(([start, end]) => label.slice(start, end))).toEqual([
      'IMAGE',
      '[AS]',
      '[NAME]',
    ]);
  });

  it('links to the reference', () => {
    expect(referenceUrl('run', 'mount')).toBe(
      'https://docs.docker.com/reference/dockerfile/#run---mount',
    );
  });
});
