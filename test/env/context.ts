// What a test asks for: which BuildKits, VS Code and browser it may use. `npm test` passes them in
// variables; a single test started by hand finds the environment that `npm run env:up` keeps.
import { installedChromium } from './chromium';
import {
  installedCodeServer,
  type CodeServerInstall,
  type EditionName,
} from './code-server-install';
import { runningDaemons } from './daemons';
import {
  isDaemons,
  programEnvironment,
  type BuildkitDescription,
  type Daemons,
} from './description';
import { installedShellcheck } from './shellcheck';
import { testVariables } from './variables';

export { variablesFor, type BuildkitDescription, type Daemons } from './description';

/** Everything about the daemons, or `undefined` where there are none. */
export function daemons(): Daemons | undefined {
  const given = process.env[testVariables.daemons];
  if (given === undefined) return runningDaemons();
  if (given === '') return undefined;
  const value: unknown = JSON.parse(given);
  if (!isDaemons(value)) throw new Error(`${testVariables.daemons} is malformed`);
  return value;
}

/**
 * The BuildKits to run against, for `describe.each` or `describe.skipIf(buildkits().length === 0)`:
 * the provisioned `containerd` and `graph` daemons, or the one that was found.
 */
export function buildkits(): readonly BuildkitDescription[] {
  return daemons()?.buildkits ?? [];
}

/** One BuildKit, of the wanted image store if it matters. @throws {Error} where there is none */
export function requireBuildkit(store?: 'containerd' | 'graph'): BuildkitDescription {
  const found = buildkits().find((buildkit) => store === undefined || buildkit.store === store);
  if (found !== undefined) return found;
  throw new Error(
    `no BuildKit${store === undefined ? '' : ` with the ${store} image store`} to test with: run \`npm run env:up\``,
  );
}

/** Why there is no BuildKit, VS Code or browser, as the skipped tests' reason. */
export function absence(): string {
  return process.env[testVariables.absence] ?? 'not provided: run `npm run env:up`';
}

/** VS Code; `undefined` where it could not be installed. */
export function codeServer(edition: EditionName = 'newest'): CodeServerInstall | undefined {
  return installedCodeServer(edition);
}

/** The browser's path; `undefined` where there is none. */
export function chromium(): Promise<string | undefined> {
  return installedChromium();
}

/** ShellCheck's path; `undefined` where there is none. */
export function shellcheck(): Promise<string | undefined> {
  return installedShellcheck();
}

/** `process.env` with the provisioned `docker` and `nix` first in PATH, and this BuildKit chosen. */
export function environmentFor(buildkit: BuildkitDescription): NodeJS.ProcessEnv {
  return {
    // The registry of the tests has a busybox of its own, which the pinned digest does not name.
    LLB_LENS_TOOLS: 'docker.io/library/busybox:musl',
    ...process.env,
    ...programEnvironment(daemons(), buildkit),
  };
}
