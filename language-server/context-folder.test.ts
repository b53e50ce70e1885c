import { describe, expect, it } from 'vitest';
import { contextFolder } from './context-folder';

const files: Record<string, string> = {
  'file:///a/.dockerignore': '*.log\n!keep.log\n',
  'file:///b/.dockerignore': '[z-a]\n',
  'file:///c/Dockerfile.dockerignore': 'only\n',
  'file:///c/.dockerignore': 'other\n',
};
const host = {
  readText: (uri: string) => Promise.resolve(files[uri]),
  listFolder: () =>
    Promise.resolve(
      ['x.log', 'keep.log', 'only', 'other'].map((name) => ({ name, isFolder: false })),
    ),
};

describe('the folder that a build most likely has as its context', () => {
  it.each([
    ['what its ignore file says is gone', 'file:///a/Dockerfile', ['keep.log', 'only', 'other']],
    [
      'a pattern that BuildKit refuses hides nothing',
      'file:///b/Dockerfile',
      ['x.log', 'keep.log', 'only', 'other'],
    ],
    [
      "the Dockerfile's own ignore file comes first",
      'file:///c/Dockerfile',
      ['x.log', 'keep.log', 'other'],
    ],
  ])('%s', async (_, uri, expected) => {
    const folder = await contextFolder(host, uri);
    const names = (await folder?.list('')) ?? [];
    expect(names.map(({ name }) => name)).toEqual(expected);
  });
});
