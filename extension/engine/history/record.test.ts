import { describe, expect, test } from 'vitest';
import { BuildHistoryRecord } from '../../../proto/generated/control';
import { historyRecord } from './record';

type Local = Parameters<typeof historyRecord>[1];
const record = (attributes: Record<string, string>, local?: Local) =>
  historyRecord(
    BuildHistoryRecord.create({ ref: 'r', frontendAttrs: new Map(Object.entries(attributes)) }),
    local,
  );

describe('what a build is called', () => {
  test.each<[string, Record<string, string>, Local, string]>([
    [
      'the name it was given',
      { 'build-arg:BUILDKIT_BUILD_NAME': 'mine', target: 't' },
      undefined,
      'mine',
    ],
    ['its folder', {}, { target: '', context: '/src/app', dockerfile: '' }, 'app'],
    [
      'folder and target',
      { target: 't' },
      { target: '', context: '/src/app', dockerfile: '' },
      'app (t)',
    ],
    ['its own file', {}, { target: '', context: '/src', dockerfile: '/src/ci/Image' }, 'ci/Image'],
    ['its repository', { context: 'https://x/app.git#main' }, undefined, 'app#main'],
    ['the file alone', { filename: 'Image' }, undefined, 'Image'],
    ['nothing better', {}, undefined, 'build'],
  ])('%s', (_, attributes, local, name) => {
    expect(record(attributes, local).name).toBe(name);
  });
});

describe('how a build stands', () => {
  const ended = { completedAt: { seconds: 2n } };
  test.each([
    ['running', {}],
    ['succeeded', ended],
    ['failed', { ...ended, error: { code: 2, message: 'exit code: 1' } }],
    ['cancelled', { ...ended, error: { code: 1, message: 'x' } }],
    ['cancelled', { ...ended, error: { code: 2, message: 'failed: context canceled' } }],
  ])('%s', (state, fields) => {
    expect(historyRecord(BuildHistoryRecord.create({ ref: 'r', ...fields })).state).toBe(state);
  });
});
