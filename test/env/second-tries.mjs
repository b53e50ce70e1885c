/**
 * Names the tests that passed only when they were tried again, so that a second try hides nothing.
 * A vitest reporter; most tests may be tried twice (vitest.config.mjs).
 */
export default class SecondTries {
  /** @param {ReadonlyArray<import('vitest/node').TestModule>} modules */
  onTestRunEnd(modules) {
    const names = modules.flatMap((module) =>
      [...module.children.allTests()]
        .filter((test) => test.diagnostic()?.flaky)
        .map((test) => `${module.relativeModuleId} > ${test.fullName}`),
    );
    if (names.length === 0) return;
    console.error(`Passed only at the second try:\n${names.map((name) => `  ${name}`).join('\n')}`);
  }
}
