import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { INJECTED_VARIABLES, RUNNER_SCRIPT } from './runner';

describe('the runner', () => {
  it('is a shell script without syntax errors', () => {
    expect(() => execFileSync('sh', ['-n'], { input: RUNNER_SCRIPT })).not.toThrow();
  });

  it('removes the same variables as the compiler knows of', () => {
    const [, names] = /s\/\^\((.*)\)=/.exec(RUNNER_SCRIPT) ?? [];
    expect(INJECTED_VARIABLES.source).toBe(`^(?:${names ?? ''})$`);
  });
});
