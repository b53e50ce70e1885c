import { describe, expect, it } from 'vitest';
import type { Derivation } from '../derivation';
import { passesThroughShell, sandboxOf } from './environment';
import { outputPlaceholder } from '../store-path';

const OUT = '/nix/store/7lxa0zghqzy0pvyr43ki0sz3z9n8aicq-x';
const make = (env: Readonly<Record<string, string>>, fixed = false): Derivation => ({
  outputs: [
    { name: 'out', path: OUT, hashAlgorithm: fixed ? 'sha256' : '', hash: fixed ? 'ab' : '' },
  ],
  inputDrvs: [],
  inputSrcs: [],
  system: 'x86_64-linux',
  builder: '/bin/sh',
  args: ['-c', `echo > ${outputPlaceholder('out')}/x`],
  env: Object.entries(env).map(([name, value]) => ({ name, value })),
});
const sandbox = (derivation: Derivation, impureVariables: Record<string, string> = {}) =>
  sandboxOf(derivation, '/nix/store', { cores: 4, impureVariables });

describe('sandboxOf', () => {
  it('sets what Nix sets, sorted by name', () => {
    expect([...sandbox(make({})).variables].map((pair) => pair.join('='))).toEqual([
      'HOME=/homeless-shelter',
      'NIX_BUILD_CORES=4',
      'NIX_BUILD_TOP=/build',
      'NIX_LOG_FD=2',
      'NIX_STORE=/nix/store',
      'PATH=/path-not-set',
      'PWD=/build',
      'TEMP=/build',
      'TEMPDIR=/build',
      'TERM=xterm-256color',
      'TMP=/build',
      'TMPDIR=/build',
    ]);
  });

  it.each([
    ['PATH', '/bin', '/bin'],
    ['HOME', '/root', '/root'],
    ['NIX_BUILD_CORES', '9', '9'],
    ['TMPDIR', '/elsewhere', '/build'],
    ['PWD', '/elsewhere', '/build'],
    ['TERM', 'dumb', 'xterm-256color'],
    ['NIX_LOG_FD', '1', '2'],
  ])('lets the derivation set %s=%s: the builder sees %s', (name, value, seen) => {
    expect(sandbox(make({ [name]: value })).variables.get(name)).toBe(seen);
  });

  it('tells fixed outputs apart and passes impure variables to them only', () => {
    const env = { impureEnvVars: 'http_proxy other' };
    const fixed = sandbox(make(env, true), { http_proxy: 'p' }).variables;
    expect(fixed.get('NIX_OUTPUT_CHECKED')).toBe('1');
    expect([fixed.get('http_proxy'), fixed.get('other')]).toEqual(['p', '']);
    expect(sandbox(make(env), { http_proxy: 'p' }).variables.has('http_proxy')).toBe(false);
  });

  it('hands variables over as files', () => {
    const { variables, files } = sandbox(make({ big: 'text', passAsFile: 'big' }));
    const path = '/build/.attr-1lak0mvllw8rv9i9ygkglvhqsq19qi9ynl4bi7gbf69ab5nzw89a';
    expect(files).toEqual([{ path, contents: 'text', variable: 'big' }]);
    expect(variables.has('big')).toBe(false);
    expect(variables.get('bigPath')).toBe(path);
  });

  it('puts output paths for placeholders in arguments, variables and files', () => {
    const placeholder = outputPlaceholder('out');
    const made = sandbox(make({ flag: `--to=${placeholder}`, f: placeholder, passAsFile: 'f' }));
    expect(made.args).toEqual(['-c', `echo > ${OUT}/x`]);
    expect(made.variables.get('flag')).toBe(`--to=${OUT}`);
    expect(made.files.map((file) => file.contents)).toEqual([OUT]);
  });
});

describe('passesThroughShell', () => {
  it.each([
    ['out', true],
    ['_x9', true],
    ['foo-bar', false],
    ['9x', false],
    ['', false],
    ['IFS', false],
    ['SHLVL', false],
  ])('%j: %s', (name, passes) => expect(passesThroughShell(name)).toBe(passes));
});
