import { describe, expect, it } from 'vitest';
import { distributionMirror, parseDeb822, parseOneLineStyle } from './apt-sources';

describe('one-line style', () => {
  it.each([
    [
      'deb http://mirror.example/debian bookworm main contrib',
      [{ uri: 'http://mirror.example/debian', suite: 'bookworm', components: ['main', 'contrib'] }],
    ],
    [
      'deb [arch=amd64 signed-by=/k.gpg] https://mirror.example/x stable main # ours',
      [{ uri: 'https://mirror.example/x', suite: 'stable', components: ['main'] }],
    ],
    ['deb-src http://mirror.example/debian bookworm main', []],
    ['# deb http://mirror.example/debian bookworm main', []],
    ['', []],
  ])('%j', (text, sources) => {
    expect(parseOneLineStyle(text)).toEqual(sources);
  });
});

describe('deb822 style', () => {
  it('gives one source for each address and suite', () => {
    const text = `Types: deb deb-src
# a comment between fields
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb
URIs: http://mirror.example/security
Suites: bookworm-security
Components: main
`;
    expect(parseDeb822(text).map(({ uri, suite }) => `${uri} ${suite}`)).toEqual([
      'http://mirror.example/debian bookworm',
      'http://mirror.example/debian bookworm-updates',
      'http://mirror.example/security bookworm-security',
    ]);
  });

  it.each([
    ['disabled stanzas', 'Types: deb\nURIs: http://a/\nSuites: s\nComponents: main\nEnabled: no\n'],
    [
      'sources of source packages',
      'Types: deb-src\nURIs: http://a/\nSuites: s\nComponents: main\n',
    ],
  ])('leaves out %s', (_, text) => {
    expect(parseDeb822(text)).toEqual([]);
  });
});

describe('the mirror of the distribution', () => {
  const sources = [
    { uri: 'http://third.example/', suite: 'nodistro', components: ['main'] },
    { uri: 'http://security.example/', suite: 'bookworm-security', components: ['main'] },
    { uri: 'http://extra.example/', suite: 'bookworm', components: ['tools'] },
    { uri: 'http://mirror.example/', suite: 'bookworm', components: ['main'] },
  ];

  it('is the one with the main component of the release itself', () => {
    expect(distributionMirror(sources, 'bookworm')).toBe('http://mirror.example/');
  });

  it('is unknown when apt has no such source', () => {
    expect(distributionMirror(sources, 'trixie')).toBeUndefined();
  });
});
