import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { BUILTINS_SCRIPT } from './builtins';
import { LIBRARY_SCRIPT } from './library';
import { REPORTER_SCRIPT } from './report-script';
import { RUNNER_SCRIPT } from './runner';
import { INJECTED_VARIABLES } from './tools';

describe('the runner', () => {
  it.each([
    ['runner', RUNNER_SCRIPT],
    ['library', LIBRARY_SCRIPT],
    ['builtins', BUILTINS_SCRIPT],
    ['reporter', REPORTER_SCRIPT],
  ])('is a shell script without syntax errors: %s', (_, input) => {
    expect(() => execFileSync('sh', ['-n'], { input })).not.toThrow();
  });

  it.each(['OTEL_TRACES_EXPORTER', 'TRACEPARENT', 'TRACESTATE', 'SHLVL'])(
    'removes %s, which the compiler knows of',
    (name) => {
      expect(INJECTED_VARIABLES.test(name)).toBe(true);
      expect(RUNNER_SCRIPT).toContain(`'export ${name.split('_')[0] ?? ''}`);
    },
  );
});
