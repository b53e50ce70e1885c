import { describe, expect, it } from 'vitest';
import { bytesOf } from './byte-string';
import { ReferenceScanner, scanReferences } from './references';

const A = '/nix/store/7lxa0zghqzy0pvyr43ki0sz3z9n8aicq-a';
const B = '/nix/store/0kfn3zim83yhz6hgvihfsy0si9zkz7fr-b';
const hash = (path: string): string => path.slice(11, 43);

describe('scanReferences', () => {
  it.each([
    ['nothing', 'plain text', []],
    ['a path', `see ${A}/bin`, [A]],
    ['a bare hash', hash(A), [A]],
    ['both, sorted', `${A} ${B}`, [B, A]],
    ['a hash inside a longer run of its letters', `00${hash(A)}00`, [A]],
    ['half a hash', hash(A).slice(1), []],
  ])('finds %s', (_, text, found) => {
    expect(scanReferences(bytesOf(text), [A, B])).toEqual(found);
  });

  it('finds a hash wherever the chunks are cut', () => {
    const text = `${'x'.repeat(40)}${A}${'y'.repeat(40)}`;
    for (let size = 1; size < 60; size++) {
      const scanner = new ReferenceScanner(new Set([hash(A)]));
      for (let at = 0; at < text.length; at += size) {
        scanner.push(bytesOf(text.slice(at, at + size)));
      }
      expect([size, ...scanner.mentioned]).toEqual([size, hash(A)]);
    }
  });
});
