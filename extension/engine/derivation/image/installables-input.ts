/** A document of installables as a build input: what it names, as an image. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { byteStringOfText, type ByteString } from '../../../../language-server/derivation';
import { STORE_NAME } from '../../../../language-server/installables/document-text';
import { openInstallables } from '../../../../language-server/server/store-reader';
import type { ResolvedProfile } from '../../profile/profile';
import { evaluate } from '../evaluation/evaluate';
import { ImageInput } from './image-input';
import { DEFAULT_LAYERS } from './image-of';
import { parseInstallables } from './installables-document';

/**
 * @param unsaved the editor's text, in place of the file's
 * @throws BuildFailure when the document is wrong, or when something in it cannot be evaluated
 */
export async function installablesInput(
  profile: ResolvedProfile,
  file: string,
  unsaved?: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ImageInput> {
  const text = unsaved ?? (await readFile(file, 'utf8'));
  const {
    installables: names,
    store,
    maxLayers,
    links,
    copies,
    config,
  } = parseInstallables(text, file);
  const folder = resolve(dirname(file), store);
  const placed = names.map((name) =>
    STORE_NAME.test(name.replace(/\^[^/]*$/, '')) && !name.startsWith('/')
      ? join(folder, name)
      : name,
  );
  const { builder, tools, nixImage } = profile;
  const { drvs, paths } = await evaluate(placed, {
    cwd: dirname(file),
    env,
    ...(builder === undefined ? {} : { builder }),
    ...(tools === undefined ? {} : { tools }),
    ...(nixImage === undefined ? {} : { nixImage }),
  });
  const files = drvs.map((each) => each.file);
  const opened = await openInstallables(files, paths, { storeDir: folder });
  const outputs = new Map<ByteString, readonly ByteString[]>();
  for (const [at, { outputs: some }] of drvs.entries()) {
    const root = opened.closure.roots[at];
    if (root !== undefined && some !== undefined) outputs.set(root, some.map(byteStringOfText));
  }
  const layers = maxLayers ?? DEFAULT_LAYERS;
  const spec = { config, layers, links, copies, paths: opened.paths, outputs };
  return new ImageInput(profile, file, opened, env, spec, new TextEncoder().encode(text));
}
