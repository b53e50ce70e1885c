/** The extension as users get it. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { version } from '../../package.json';

/** What `npm run package` has made. @throws {Error} where it has not been run */
export function packedExtension(): string {
  const vsix = resolve(join(import.meta.dirname, '../..', `llb-lens-${version}.vsix`));
  if (!existsSync(vsix)) throw new Error(`${vsix} is not there: run npm run package`);
  return vsix;
}
