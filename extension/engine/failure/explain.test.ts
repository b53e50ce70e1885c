import { expect, test } from 'vitest';
import { BuildkitError, Code } from '../../../proto/client/buildkit-error';
import { explain } from './explain';

const unknown = (message: string) => new BuildkitError(Code.unknown, message);

test.each([
  [new Error('plain'), /^plain$/],
  [unknown('exit code: 1'), /^exit code: 1$/],
  [unknown('secret key: not found'), /^secret key: not found\. .*"secrets"/],
  [unknown("unexpected key 'env' in 'env=TOKEN'"), /'env=TOKEN'\. .*frontend .* is older than/],
  [unknown('unsupported request frontend.lint'), /# syntax=docker\/dockerfile:1/],
  [unknown('dockerfile parse error on line 3: unknown flag: exclude'), /update the builder/],
  [unknown('dockerfile parse error on line 3: unknown flag: cheksum'), /cheksum$/],
  [unknown('error from sender: EACCES: permission denied, scandir x'), /\.dockerignore/],
  [
    new BuildkitError(Code.unavailable, 'Connection dropped'),
    /connection to BuildKit broke off: Connection dropped\. Check that BuildKit is still running/,
  ],
  ['a text', /^a text$/],
])('%s is explained', (error, expected) => {
  expect(explain(error)).toMatch(expected);
});
