/** What the last build left behind, in hovers and hints. */
import { HoverRequest, InlayHintRequest, type Hover } from 'vscode-languageserver';
import { expect, test } from 'vitest';
import type { PastStep } from '../../proto/messages/language-server';
import { startTestServer } from '../testing/protocol';
import { durationText } from './past-step-text';

const step: PastStep = {
  node: 'of another version of the file',
  name: 'RUN make',
  group: 'build',
  state: 'cached',
  finished: Date.now() - 125_000,
  duration: 3210,
  size: 14_200_000,
};

async function ask(steps: readonly PastStep[]): Promise<{ hover: string; hints: unknown[] }> {
  const server = await startTestServer({}, {}, { pastSteps: () => Promise.resolve(steps) });
  const file = await server.open('FROM alpine AS build\nR|UN make');
  const hover = await server.client.sendRequest(HoverRequest.type, file.at);
  const hints = await server.client.sendRequest(InlayHintRequest.type, {
    textDocument: { uri: file.uri },
    range: { start: { line: 0, character: 0 }, end: { line: 2, character: 0 } },
  });
  await server.stop();
  return { hover: textOf(hover), hints: (hints ?? []).map(({ label }) => label) };
}

function textOf(hover: Hover | null): string {
  const contents: unknown = hover?.contents;
  return typeof contents === 'string' ? contents : JSON.stringify(contents);
}

test('a step tells how it went, by its name where its digest is another one now', async () => {
  const { hover, hints } = await ask([step]);
  expect(hover).toContain(
    'In the last build, 2 minutes ago, it was cached (it took 3.2 s when it ran), and added 14.2 MB.',
  );
  expect(hints).toEqual(['3.2 s, 14.2 MB']);
});

test.each([
  ['RUN a \\\n  b', { line: 2, character: 3 }],
  ['RUN a <<E\nb\nE', { line: 1, character: 9 }],
  ['RUN a <<E \\\n  c\nb\nE', { line: 2, character: 3 }],
])('the hint of %j stands behind the whole command', async (text, position) => {
  const known = ['RUN a   b', 'RUN a <<E', 'RUN a <<E   c'];
  const pastSteps = () => Promise.resolve(known.map((name) => ({ ...step, name, group: '0' })));
  const server = await startTestServer({}, {}, { pastSteps });
  const { uri } = await server.open(`FROM alpine\n${text}|`);
  const range = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
  const hints = await server.client.sendRequest(InlayHintRequest.type, {
    textDocument: { uri },
    range,
  });
  await server.stop();
  expect(hints?.map((hint) => hint.position)).toEqual([position]);
});

test('a step that failed says so', async () => {
  const { hover, hints } = await ask([{ ...step, state: 'failed' }]);
  expect(hover).toContain('it failed after 3.2 s');
  expect(hints).toEqual(['failed']);
});

test('steps of other stages are not taken for this one', async () => {
  const { hover, hints } = await ask([{ ...step, group: 'other' }]);
  expect(hover).not.toContain('last build');
  expect(hints).toEqual([]);
});

test.each([
  [40, '0.0 s'],
  [12_300, '12 s'],
  [200_000, '3 min 20 s'],
  [7_500_000, '2 h 5 min'],
])('%d milliseconds are %s', (value, text) => {
  expect(durationText(value)).toBe(text);
});
