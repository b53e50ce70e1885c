/** What is shipped, in bytes as they are and gzipped. */
import { readdirSync, readFileSync, statSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { amount, type Figure } from './report';

const kilobytes = (bytes: number): string => amount(bytes / 1000, 'kB');

/**
 * @param dist the folder of the bundles; chunks are counted together, for each is part of several
 * @param packages made by `npm run package`, where they exist
 */
export function sizes(dist: string, packages: readonly string[]): Figure[] {
  const names = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(js|css)$/.test(name),
  );
  const chunks = names.filter((name) => name.startsWith('chunk-'));
  const rows = [
    ...names.filter((name) => !name.startsWith('chunk-')).map((name) => ({ name, files: [name] })),
    { name: `${chunks.length} shared chunks`, files: chunks },
  ];
  return [
    ...rows.map(({ name, files }) => {
      const contents = files.map((file) => readFileSync(join(dist, file)));
      const total = contents.reduce((sum, { length }) => sum + length, 0);
      const packed = contents.reduce((sum, content) => sum + gzipSync(content).length, 0);
      return {
        name: `bundle ${name}`,
        value: kilobytes(total),
        note: `${kilobytes(packed)} gzipped`,
      };
    }),
    ...packages
      .filter((file) => existsSync(file))
      .map((file) => ({
        name: `package ${file.slice(file.lastIndexOf('.'))}`,
        value: kilobytes(statSync(file).size),
      })),
  ];
}
