import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { addBuildOptions, dockerFlags, flagTable, ignoredFlags, oldFlags } from './build-flags';

/** What `docker buildx build --help` of buildx 0.29.1 lists. */
const recorded = readFileSync(
  join(__dirname, '../../../test/fixtures/buildx/build-flags-0.29.1.txt'),
  'utf8',
)
  .trim()
  .split('\n');

/** What came with 0.31 and 0.35; 0.36 has no others. */
const since = ['policy', 'resource'];

const declared = addBuildOptions(new Command()).option('--builder <name>').options;

describe('the flags of docker buildx build', () => {
  test('are all in the table, and no others', () => {
    expect(Object.keys(dockerFlags).sort()).toEqual([...recorded, ...since].sort());
  });

  test.each([...Object.keys(dockerFlags), ...Object.keys(oldFlags)])('--%s is taken', (name) => {
    expect(declared.map(({ long }) => long)).toContain(`--${name}`);
  });

  test('are told row by row in the documentation', () => {
    const readme = readFileSync(join(__dirname, 'README.md'), 'utf8');
    expect(cells(readme)).toEqual(expect.arrayContaining(cells(flagTable())));
  });

  test('of the old builder say that they do nothing, unless they are limits', () => {
    const given = addBuildOptions(new Command())
      .parse(['-m', '1g', '--squash', '--rm=false'], { from: 'user' })
      .opts<Record<string, unknown>>();
    expect(ignoredFlags(given).map((text) => text.split(' ')[0])).toEqual(['--rm', '--squash']);
  });
});

/** The rows of a table, whatever the width of its columns. */
function cells(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `--'))
    .map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .join('|'),
    );
}
