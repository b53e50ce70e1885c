import { expect, it } from 'vitest';
import { outputFiles } from './output-files';

const metafiles = [{ outputs: { 'dist/cli.js': none(), 'dist/chunk-A.js': none() } }];

function none() {
  return { bytes: 0, inputs: {}, imports: [], exports: [] };
}

it('keeps the source maps of scripts in a build for debugging, and in no other', () => {
  const maps = ['dist/cli.js.map', 'dist/chunk-A.js.map'];
  expect(outputFiles(metafiles, true)).toEqual(expect.arrayContaining(maps));
  expect(outputFiles(metafiles, false).filter((path) => path.endsWith('.map'))).toEqual([]);
});

it('keeps the scripts, what is copied and the notices', () => {
  expect(outputFiles(metafiles, false)).toEqual(
    expect.arrayContaining(['dist/cli.js', 'dist/chunk-A.js', 'dist/THIRD-PARTY-NOTICES.txt']),
  );
});
