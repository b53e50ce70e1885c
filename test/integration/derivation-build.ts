/** Builds a closure on a real BuildKit and reads its result, without the engine in between. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  builtOutputs,
  bytesOf,
  compileClosure,
  SHELL_IMAGE,
  textOf,
  treeOfTar,
  type BuiltOutput,
  type ClosureDiagnostic,
  type FileTree,
} from '../../language-server/derivation';
import type { OpenedClosure } from '../../language-server/server/store-reader';
import { BuildkitError } from '../../proto/client/buildkit-error';
import { connect } from '../../proto/client/connect';
import { newSessionId } from '../../proto/client/session/session-id';
import { startSession } from '../../proto/client/session/start';
import { definitionToPb } from '../../proto/model/unmarshal';

export type DerivationBuild =
  | { readonly outcome: 'built'; readonly outputs: readonly BuiltOutput[]; readonly log: string }
  | { readonly outcome: 'refused'; readonly problems: readonly ClosureDiagnostic[] }
  | {
      readonly outcome: 'failed';
      readonly message: string;
      readonly exitCode: number | undefined;
      readonly log: string;
    };

/** Builds all derivations of a closure at `address` and hashes their outputs. */
export async function buildDerivations(
  { closure, directory }: OpenedClosure,
  address: string,
  impureVariables: Readonly<Record<string, string>> = {},
): Promise<DerivationBuild> {
  const sessionId = newSessionId();
  const compiled = compileClosure(closure, {
    sessionId,
    shell: { ref: SHELL_IMAGE },
    wanted: 'all',
    impureVariables,
  });
  const { definition, buildable, problems, locals, entitlements, outputs } = compiled;
  if (definition === undefined || !buildable) return { outcome: 'refused', problems };
  const folder = await mkdtemp(join(tmpdir(), 'llb-lens-derivation-'));
  const archive = join(folder, 'result.tar');
  const connection = await connect(address, { timeout: 60_000 });
  const session = await startSession({
    address: connection.address,
    id: sessionId,
    directories: Object.fromEntries(locals.map(({ name }) => [name, directory])),
    outputs: [{ kind: 'file', path: archive }],
  });
  const ref = randomUUID();
  const log = readLog(connection.control.status(ref));
  try {
    await connection.control.solve({
      ref,
      session: session.id,
      definition: definitionToPb(definition),
      entitlements: [...entitlements],
      exporters: [{ type: 'tar', attrs: new Map() }],
    });
    const tree = treeOfTar(await readFile(archive));
    return { outcome: 'built', outputs: builtOutputs(outputs, closure, tree), log: await log };
  } catch (error) {
    if (!(error instanceof BuildkitError)) throw error;
    const { message, details } = error;
    return { outcome: 'failed', message, exitCode: details.exit?.code, log: await log };
  } finally {
    await session.close();
    connection.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function readLog(
  status: AsyncIterable<{ readonly logs: readonly { readonly msg: Uint8Array }[] }>,
): Promise<string> {
  let text = '';
  try {
    for await (const { logs } of status) {
      for (const { msg } of logs) text += Buffer.from(msg).toString();
    }
  } catch (error) {
    // A failed build also fails its status stream; what was read until then is the log.
    if (!(error instanceof BuildkitError)) throw error;
  }
  return text;
}

/** Writes a tree to disk as a store would hold it. */
export async function writeTree(tree: FileTree, path: string): Promise<void> {
  if (tree.kind === 'symlink') await symlink(textOf(tree.target), path);
  else if (tree.kind === 'file') {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, tree.contents);
    await chmod(path, tree.executable ? 0o555 : 0o444);
  } else {
    await mkdir(path, { recursive: true });
    for (const [name, entry] of tree.entries) {
      await writeTree(entry, join(path, Buffer.from(bytesOf(name)).toString()));
    }
  }
}
