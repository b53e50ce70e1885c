/** The command of an exec op: the runner, what it needs to know, and the builder. */
import { textOf, type ByteString } from './byte-string';
import type { Derivation } from './derivation';
import { passesThroughShell, type Sandbox } from './environment';
import { FETCHURL } from './features';
import { referenceRules } from './reference-rules';
import { hashMethodOf } from './hash-modulo';
import { BUSYBOX, INJECTED_VARIABLES, RUNNER } from './runner';
import { baseName } from './store-path';

/** Where a download is mounted for the exec op that makes it an output. */
export const DOWNLOAD_DIR = '/.llb-lens.download';
export const DOWNLOAD_NAME = 'file';
const DOWNLOADED_FILE = `${DOWNLOAD_DIR}/${DOWNLOAD_NAME}`;

/** The runner with its parameters, then the builder as the derivation gives it. */
export function commandLine(
  path: ByteString,
  derivation: Derivation,
  sandbox: Sandbox,
  storeDir: ByteString,
): string[] {
  const rules = referenceRules(derivation);
  const names = [...sandbox.variables.keys()];
  const own = names.filter((name) => INJECTED_VARIABLES.test(name));
  const extra = names.filter((name) => !passesThroughShell(name));
  const outputs = derivation.outputs.map(({ name, path: output, hashAlgorithm, hash }) => {
    const { method, algorithm } = hashMethodOf(hashAlgorithm);
    const check = hashAlgorithm === '' ? '-' : `${method}:${algorithm}:${hash}`;
    return `${name} ${output} ${check}`;
  });
  const [builder, args] =
    derivation.builder === FETCHURL
      ? [BUSYBOX, ['cp', '-p', DOWNLOADED_FILE, derivation.outputs[0]?.path ?? '']]
      : [sandbox.builder, sandbox.args];
  return [
    BUSYBOX,
    'sh',
    RUNNER,
    path,
    own.join(' '),
    storeDir,
    outputs.join('\n'),
    rules.allowed?.join(' ') ?? '*',
    rules.denied.join(' '),
    baseName(builder),
    `${extra.length}`,
    ...extra.map((name) => `${name}=${sandbox.variables.get(name) ?? ''}`),
    builder,
    ...args,
  ].map(textOf);
}
