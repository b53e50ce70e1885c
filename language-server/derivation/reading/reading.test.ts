/** What an editor says of derivation files, on the fixture closure and on made-up ones. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openDerivations } from '../../server/store-reader';
import { byteStringOf, parseDerivation, readableDerivation, textOf, waysTo } from '../index';
import type { Derivation } from '../derivation';
import { describePlace } from './describe';
import { pathAt, pathMentions, placeAt } from './place-at';
import { meaningOfVariable } from './variables';

const FOLDER = join(import.meta.dirname, '../../../test/fixtures/derivation');
const CARD = '52cb80y406r3vf6ql998dqs6fzdk4bk6-card.drv';

async function card() {
  const bytes = new Uint8Array(await readFile(join(FOLDER, CARD)));
  const parsed = parseDerivation(bytes);
  const { closure } = await openDerivations([join(FOLDER, CARD)]);
  const file = { path: `/nix/store/${CARD}`, derivation: parsed.derivation, closure };
  return { bytes, text: byteStringOf(bytes), parsed, file };
}

describe('a place in a derivation file', () => {
  it.each([
    {
      at: 'Derive',
      kind: 'file',
      says: /Derivation \*\*card\*\*.*Needs 2 derivations \(2 directly\)/s,
    },
    { at: '-greeting.drv', kind: 'input', says: /Derivation \*\*greeting\*\*.*Used: `out`/s },
    { at: '"x86_64-linux"', kind: 'system', says: /Built on \*\*x86_64-linux\*\*/ },
    {
      at: '"name"',
      kind: 'variable',
      says: /\*\*name\*\*: The name of the derivation.*```\ncard\n```/s,
    },
  ])('$at: $kind', async ({ at, kind, says }) => {
    const { bytes, text, parsed, file } = await card();
    const found = text.indexOf(at);
    const place = placeAt(parsed, found + 1);
    expect(place?.kind).toBe(kind);
    if (place === undefined) throw new Error('nothing there');
    expect(describePlace(file, place, pathAt(bytes, found + 1)).join('\n')).toMatch(says);
  });

  it('is an output, with how its path comes about', async () => {
    const { bytes, parsed, file } = await card();
    const [output] = parsed.syntax.outputs;
    const place = placeAt(parsed, (output?.start ?? 0) + 2);
    if (place === undefined) throw new Error('nothing there');
    expect(describePlace(file, place, pathAt(bytes, place.start)).join('\n')).toMatch(
      /Output \*\*out\*\*, named by what it is made from/,
    );
  });

  it('mentions store paths, in variables too', async () => {
    const { bytes, file } = await card();
    const paths = pathMentions(bytes).map(({ path }) => path);
    for (const input of file.derivation?.inputDrvs ?? []) expect(paths).toContain(input.path);
    for (const { value } of file.derivation?.env ?? []) {
      if (value.startsWith('/nix/store/')) expect(paths).toContain(value.split(/[\s"]/)[0]);
    }
  });
});

describe('the ways from one derivation to another', () => {
  it('go through each direct user, shortest first', async () => {
    const { closure } = await openDerivations([FOLDER]);
    const [root = ''] = closure.roots;
    const letters = [...closure.derivations.keys()].find((path) => path.endsWith('-letters.drv'));
    const names = waysTo(closure, root, letters ?? '').map((way) =>
      way.map((path) => textOf(path).slice(44)),
    );
    expect(names[0]?.at(0)).toBe('broken.drv');
    expect(names.every((way) => way.at(-1) === 'letters.drv')).toBe(true);
    expect(new Set(names.map((way) => way.at(-2))).size).toBe(names.length);
  });

  it('are none to what is not in the closure', async () => {
    const { closure } = await openDerivations([FOLDER]);
    expect(waysTo(closure, closure.roots[0] ?? '', '/nix/store/nothing')).toEqual([]);
  });
});

describe('a derivation as text', () => {
  const values = [
    'plain',
    '',
    ' leading',
    'two\nlines',
    'two\nlines\n',
    'many\n\n\n',
    '\nfirst empty',
    '# no comment',
    'true',
    '42',
    'null',
    'a: b',
    '- a',
    'tab\tinside',
    'quote"\'',
    'caf\u00c3\u00a9',
    'nul\u0001',
    'trailing \nspace',
    'x\n  indented',
  ];
  it('is YAML that holds every value', () => {
    const derivation: Derivation = {
      outputs: [{ name: 'out', path: '/nix/store/x', hashAlgorithm: 'r:sha256', hash: 'ab' }],
      inputDrvs: [{ path: '/nix/store/a.drv', outputs: ['dev', 'out'] }],
      inputSrcs: ['/nix/store/source'],
      system: 'x86_64-linux',
      builder: '/bin/sh',
      args: values,
      env: values.map((value, at) => ({ name: at === 3 ? 'odd name:' : `v${at}`, value })),
    };
    const names = derivation.env.map(({ name }) => name);
    const variables = new Map(values.map((value, at) => [names[at] ?? '', textOf(value)]));
    expect(parse(readableDerivation('/nix/store/x.drv', derivation))).toEqual({
      system: 'x86_64-linux',
      outputs: { out: { kind: 'fixed', path: '/nix/store/x', hash: 'recursive sha256 ab' } },
      derivations: { '/nix/store/a.drv': ['dev', 'out'] },
      sources: ['/nix/store/source'],
      builder: '/bin/sh',
      arguments: values.map(textOf),
      environment: Object.fromEntries<string>(variables),
    });
  });
});

it('knows phases and their hooks by their names', () => {
  expect(meaningOfVariable('buildPhase')).toMatch(/the build phase/);
  expect(meaningOfVariable('preInstallCheck')).toMatch(/before the installCheck phase/);
  expect(meaningOfVariable('whatever')).toBeUndefined();
});
