// One runner, four projects: unit beside the code, conformance against recorded answers,
// integration against a real BuildKit, e2e in a real VS Code.
import { defineConfig } from 'vitest/config';

/** @param {string} name @param {string[]} include @param {number} testTimeout milliseconds */
const project = (name, include, testTimeout) => ({
  test: {
    name,
    ...(name === 'integration' && {
      globalSetup: 'test/integration/fresh-bundles.ts',
      setupFiles: 'test/integration/bundled-session.ts',
    }),
    include,
    testTimeout,
    hookTimeout: 180_000,
    // A process on a busy machine may be late once: second-tries.mjs names those tests.
    retry: name === 'conformance' ? 0 : 1,
    environment: 'node',
  },
});

export default defineConfig({
  test: {
    // Files share no state, and look at their own builds only; a window of VS Code mostly waits.
    // The default leaves one core idle: on the two cores that this is made for, half of the machine.
    maxWorkers: '100%',
    projects: [
      project('unit', ['{proto,language-server,extension,webview,test/env}/**/*.test.ts'], 20_000),
      project('conformance', ['test/conformance/**/*.test.ts'], 300_000),
      project('integration', ['test/integration/**/*.test.ts'], 120_000),
      project('e2e', ['test/e2e/**/*.test.ts'], 300_000),
    ],
  },
});
