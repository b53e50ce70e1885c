import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { fromNix32, isStoreHash, toNix32 } from './nix32';

describe('nix32', () => {
  it.each([
    ['', ''],
    ['00', '00'],
    ['ff', '7z'],
    [
      'adcf791ae2803c0c10f0dab9c430c39ac580bf95d6a834a248f4dedd72c69665',
      '0rcnqrrdvppl92i39a6njnzq1icsqcqc9ffsy080qg40w8d7kkxd',
    ],
  ])('writes %s as %s and reads it back', (hex, text) => {
    expect(toNix32(hexToBytes(hex))).toBe(text);
    const read = fromNix32(text, hex.length / 2);
    expect(read && bytesToHex(read)).toBe(hex);
  });

  it.each([
    ['another length', '000'],
    ['a letter it does not use', '0e'],
    ['bits past the last byte', 'zz'],
  ])('does not read %s', (_, text) => expect(fromNix32(text, 1)).toBeUndefined());

  it('knows the hash of a store path', () => {
    expect(isStoreHash('7lxa0zghqzy0pvyr43ki0sz3z9n8aicq')).toBe(true);
    expect(isStoreHash('7lxa0zghqzy0pvyr43ki0sz3z9n8aice')).toBe(false);
  });
});
