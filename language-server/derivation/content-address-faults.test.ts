import { expect, it } from 'vitest';
import { contentAddressFaults } from './content-address-faults';
import { parseDerivation } from './parse';

const SHA256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const PATH = '/nix/store/pc9cg5mrl4hpb00d4mb64abffprgs1rh-x';

function faultsOf(path: string, algorithm: string, hash: string) {
  const text = `Derive([("out","${path}","${algorithm}","${hash}")],[],[],"s","b",[],[])`;
  const { syntax } = parseDerivation(Buffer.from(text));
  return contentAddressFaults(syntax).map(({ start, end, message }) => [
    text.slice(start, end),
    message,
  ]);
}

it.each([
  [PATH, '', ''],
  [PATH, 'sha256', SHA256],
  [PATH, 'r:sha256', SHA256],
  [PATH, 'git:sha1', SHA256.slice(0, 40)],
  [PATH, 'blake3', SHA256],
  ['', 'text:sha256', ''],
  ['', 'r:sha256', 'impure'],
  ['', '', ''],
])('finds nothing in %j %j %j', (path, algorithm, hash) => {
  expect(faultsOf(path, algorithm, hash)).toEqual([]);
});

it.each([
  [PATH, 'r:sha3', SHA256, '"r:sha3"', "unknown hash algorithm 'sha3': Nix has blake3, md5"],
  [PATH, 'R:sha256', SHA256, '"R:sha256"', "unknown hash algorithm 'R:sha256'"],
  [PATH, 'constructor', SHA256, '"constructor"', 'unknown hash algorithm'],
  [PATH, 'sha1', SHA256, `"${SHA256}"`, 'is no sha1 in base 16: it has 40 digits'],
  [PATH, 'sha256', 'x', '"x"', "'x' is no sha256 in base 16: it has 64 digits"],
  [PATH, 'r:sha256', '', `"${PATH}"`, 'has no path before it is built'],
  [PATH, 'r:sha256', 'impure', `"${PATH}"`, 'has no path before it is built'],
])('refuses %j %j %j', (path, algorithm, hash, place, message) => {
  expect(faultsOf(path, algorithm, hash)).toEqual([
    [place, expect.stringContaining(message) as unknown],
  ]);
});
