import { describe, expect, it } from 'vitest';
import { narFingerprint, parseNarInfo, printNarInfo } from './narinfo';

const TEXT = `StorePath: /nix/store/2dgqgsmkxx8fb9acrgbmd0ayha8mdwvx-chain-c
URL: nar/0q4dgs8rh6ffjhcdp9v5yw0pmh0s8cmynf7558b2gl6mffszkc37.nar.xz
Compression: xz
FileHash: sha256:0q4dgs8rh6ffjhcdp9v5yw0pmh0s8cmynf7558b2gl6mffszkc37
FileSize: 216
NarHash: sha256:0y3z96h6g1b2vd39nkspiqhdvhjw9xipg0x2qgvwnmjd4hp3qdxv
NarSize: 232
References: 8934n43mdddh7bczsd4kkkxfhysw2xs8-chain-b zcfh7xp7n90k1ylx1ff8qcys1bkg3j7l-chain-a
Deriver: d1fvpq9jpcj9hg5wj49l9v898hcdfrvb-chain-c.drv
Sig: key-1:c2ln
`;

describe('narinfo', () => {
  it('prints what it has read', () => {
    const info = parseNarInfo(TEXT);
    expect(info && printNarInfo(info)).toBe(TEXT);
  });

  it('signs path, hash, size and references', () => {
    const info = parseNarInfo(TEXT);
    expect(info && narFingerprint(info)).toBe(
      '1;/nix/store/2dgqgsmkxx8fb9acrgbmd0ayha8mdwvx-chain-c;' +
        'sha256:0y3z96h6g1b2vd39nkspiqhdvhjw9xipg0x2qgvwnmjd4hp3qdxv;232;' +
        '/nix/store/8934n43mdddh7bczsd4kkkxfhysw2xs8-chain-b,' +
        '/nix/store/zcfh7xp7n90k1ylx1ff8qcys1bkg3j7l-chain-a',
    );
  });

  it.each(['Compression: ', 'Compression:', ''])('takes %j for bzip2, as Nix does', (line) => {
    expect(parseNarInfo(TEXT.replace('Compression: xz', line))?.compression).toBe('bzip2');
  });

  it.each([
    ['', 'nothing'],
    [TEXT.replace(/StorePath.*\n/, ''), 'no path'],
    [TEXT.replace('/nix/store/2dgqgsmkxx8fb9acrgbmd0ayha8mdwvx-chain-c', '../etc'), 'another path'],
    [TEXT.replace('NarSize: 232', 'NarSize: x'), 'no size'],
  ])('refuses %#: %s', (text) => {
    expect(parseNarInfo(text)).toBeUndefined();
  });
});
