/**
 * What V8 has compiled of the command line, kept for the next start: a command lives for half a
 * second, and a tenth of that is compiling. Node can keep it from 22.1 on.
 */
import { existsSync, rmSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { version } from '../../package.json';
import { cacheFolder, thisHost } from '../../proto/client/cache-folder';

/** To be called before anything else is loaded. Does nothing where Node is older. */
export function keepCompiledCode(): void {
  const enable: unknown = Reflect.get(module, 'enableCompileCache');
  if (typeof enable !== 'function') return;
  const all = join(cacheFolder(thisHost()), 'code');
  const own = join(all, version);
  try {
    // What another version left is of no use to this one.
    if (!existsSync(own)) rmSync(all, { recursive: true, force: true });
  } catch {
    // A folder that is not ours to change; Node then keeps nothing either.
  }
  Reflect.apply(enable, module, [own]);
}
