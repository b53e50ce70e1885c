// The browser of the end-to-end tests: the one that is there, else Debian's.
import { existsSync } from 'node:fs';
import { ensureProgram, findProgram } from './debian-package';
import { Unavailable } from './unavailable';
import { testVariables } from './variables';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'] as const;

/** The path of an installed Chromium (LLB_LENS_TEST_CHROMIUM names another). */
export async function installedChromium(): Promise<string | undefined> {
  const named = process.env[testVariables.chromium];
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named;
    throw new Unavailable(
      'chromium',
      'absent',
      `${testVariables.chromium} is ${named}, which does not exist`,
    );
  }
  for (const name of names) {
    const path = await findProgram(name);
    if (path !== undefined) return path;
  }
  return undefined;
}

/** @throws {Unavailable} */
export async function ensureChromium(say: (line: string) => void): Promise<string> {
  const installed = await installedChromium();
  if (installed !== undefined) return installed;
  say('environment: will install the package chromium if this is Debian and we are root');
  return ensureProgram('chromium', 'chromium', 'chromium');
}
