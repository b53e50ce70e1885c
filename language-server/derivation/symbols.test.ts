import { describe, expect, it } from 'vitest';
import { bytesOf } from './byte-string';
import { parseDerivation } from './parse';
import { derivationSymbols, type DerivationSymbol } from './symbols';

const TEXT =
  'Derive([("dev","/nix/store/01kxwx3gggn2l4cvqkr6ygvnd2b2s6gb-x-dev","","")],' +
  '[("/nix/store/0kfn3zim83yhz6hgvihfsy0si9zkz7fr-y.drv",["index","out"])],["/nix/store/lqr6vjrchdv3pdv4p1lqmzwiclfpy929-z"],' +
  '"x86_64-linux","/bin/sh",["-c","a\\n  b"],[("name","x"),("","nameless")])';

const outline = (text: string) => {
  const line = ({ name, detail }: DerivationSymbol) => `${name}: ${detail}`;
  return derivationSymbols(parseDerivation(bytesOf(text))).flatMap((symbol) => [
    line(symbol),
    ...symbol.children.map((child) => `  ${line(child)}`),
  ]);
};

describe('derivationSymbols', () => {
  it('outlines every field and what it holds', () => {
    expect(outline(TEXT)).toEqual([
      'outputs: 1',
      '  dev: 01kxwx3gggn2l4cvqkr6ygvnd2b2s6gb-x-dev',
      'input derivations: 1',
      '  0kfn3zim83yhz6hgvihfsy0si9zkz7fr-y.drv: index, out',
      'sources: 1',
      '  lqr6vjrchdv3pdv4p1lqmzwiclfpy929-z: ',
      'system: x86_64-linux',
      'builder: /bin/sh',
      'arguments: 2',
      '  1: -c',
      '  2: a b',
      'environment: 2',
      '  name: x',
      '  "": nameless',
    ]);
  });

  it('keeps the selection inside the symbol', () => {
    const all = derivationSymbols(parseDerivation(bytesOf(TEXT)));
    for (const each of all.flatMap((symbol) => [symbol, ...symbol.children])) {
      expect(each.selectionStart).toBeGreaterThanOrEqual(each.start);
      expect(each.selectionEnd).toBeLessThanOrEqual(each.end);
    }
  });

  it('outlines a broken file as far as it goes', () => {
    expect(outline(TEXT.slice(0, 120))).toEqual([
      'outputs: 1',
      '  dev: 01kxwx3gggn2l4cvqkr6ygvnd2b2s6gb-x-dev',
    ]);
  });
});
