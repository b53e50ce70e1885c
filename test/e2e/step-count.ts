/** What a graph's number of nodes is compared with. */
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { arrayOf, isString, object } from '../../proto/messages/validate';

const cli = resolve(import.meta.dirname, '../../dist/cli.js');

/** How many steps the sample has, by our own command line. */
export function stepCount(folder: string, env: NodeJS.ProcessEnv): number {
  const output = execFileSync(
    process.execPath,
    [cli, 'llb', join(folder, 'Dockerfile'), '--format', 'json'],
    { encoding: 'utf8', env },
  );
  const { results } = parseCompiled(JSON.parse(output));
  const ops = results[0]?.ops ?? [];
  // The last op only points at the result.
  return ops.length - 1;
}

type Compiled = { readonly results: readonly { readonly ops: readonly Op[] }[] };
type Op = { readonly digest: string };
const isOp = object<Op>({ digest: isString });
const isCompiled = object<Compiled>({
  results: arrayOf(object<Compiled['results'][number]>({ ops: arrayOf(isOp) })),
});

function parseCompiled(value: unknown): Compiled {
  if (!isCompiled(value)) throw new Error('llb --format json has another form');
  return value;
}
