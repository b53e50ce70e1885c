// The variables through which `npm test` tells the tests about the environment.

export const testVariables = {
  /** `Daemons` of description.ts as JSON; empty when there is no BuildKit. */
  daemons: 'LLB_LENS_TEST_DAEMONS',
  /** Why parts are absent, one line. */
  absence: 'LLB_LENS_TEST_ABSENCE',
  /** The browser's path, where another than the installed one is wanted. */
  chromium: 'LLB_LENS_TEST_CHROMIUM',
  /** `1` makes every skipped test a failure. */
  forbidSkips: 'LLB_LENS_FORBID_SKIPS',
} as const;
