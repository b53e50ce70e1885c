import { expect, test } from 'vitest';
import { fittingRest } from './alike';
import { titleOf } from './display-text';
import { twoStages } from './small-graph.test-data';

/** As many characters as pixels. */
const measure = (text: string): number => text.length;

/** What is shown of the names in a graph of nothing else. */
function shown(names: readonly string[], room: number): readonly string[] {
  const nodes = twoStages.nodes
    .slice(0, 1)
    .flatMap((node) => names.map((name) => ({ ...node, name })));
  const graph = { ...twoStages, nodes };
  return names.map((name) => fittingRest(graph, titleOf(name, 'exec'), room, measure));
}

test.each<[string, readonly string[], number, readonly string[]]>([
  ['fit', ['RUN make a', 'RUN make b'], 10, ['make a', 'make b']],
  ['differ at once', ['RUN npm install', 'RUN apt install'], 6, ['npm i…', 'apt i…']],
  [
    'begin alike',
    ['RUN apt-get install curl', 'RUN apt-get install zlib', 'RUN npm ci --no-audit'],
    10,
    ['apt-…curl', 'apt-…zlib', 'npm ci --…'],
  ],
  ['differ inside a word', ['make 49701', 'make 49702'], 7, ['…49701', '…49702']],
  [
    'differ in the middle',
    ['make tools/first/build', 'make tools/other/build'],
    9,
    ['…first/b…', '…other/b…'],
  ],
  ['are the same', ['RUN make everything', 'RUN make everything'], 6, ['make…', 'make…']],
  ['differ in characters of two halves', ['aaaaaaaaaaa😀', 'aaaaaaaaaaa😁'], 6, ['aa…😀', 'aa…😁']],
])('titles that %s', (_, names, room, expected) => {
  expect(shown(names, room)).toEqual(expected);
});
