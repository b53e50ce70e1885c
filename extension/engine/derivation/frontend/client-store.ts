/** A store in the client's folder: derivations and sources as BuildKit's gateway shows them. */
import {
  baseName,
  derivationReferences,
  isDerivationFile,
  parseStorePath,
  ReferenceScanner,
  textOf,
  type StoreReader,
} from '../../../../language-server/derivation';
import { GoMode, has } from '../../../../proto/client/fsutil/go-mode';
import type { ClientFolder } from './client-folder';

/** @param folder where in `files` the store lies: empty, or with a slash before it */
export function clientStoreReader(files: ClientFolder, folder: string): StoreReader {
  let listed: Promise<ReadonlyMap<string, string>> | undefined;
  const names = (): Promise<ReadonlyMap<string, string>> =>
    (listed ??= files
      .list(folder)
      .then(
        (entries) =>
          new Map(
            entries.flatMap(({ path }) =>
              parseStorePath(`/store/${path}`) === undefined
                ? []
                : [[path.slice(0, 32), path] as const],
            ),
          ),
      ));
  const placeOf = (path: string): string => `${folder}/${textOf(baseName(path))}`;
  return {
    readDerivation: (path) => files.read(placeOf(path)),
    sourceReferences: async (path) => {
      const known = await names();
      if (!known.has(baseName(path).slice(0, 32))) return undefined;
      const derivation = isDerivationFile(baseName(path))
        ? await files.read(placeOf(path))
        : undefined;
      if (derivation !== undefined) return derivationReferences(derivation);
      const scanner = new ReferenceScanner(known);
      await scan(files, placeOf(path), scanner);
      const storeDir = path.slice(0, path.lastIndexOf('/'));
      return [...scanner.mentioned]
        .flatMap((hash) => known.get(hash) ?? [])
        .map((name) => `${storeDir}/${name}`)
        .filter((each) => each !== path)
        .sort();
    },
  };
}

async function scan(files: ClientFolder, path: string, scanner: ReferenceScanner): Promise<void> {
  const separator = new Uint8Array(1);
  const stat = await files.stat(path);
  if (stat === undefined) return;
  if (has(stat.mode, GoMode.symlink)) scanner.push(new TextEncoder().encode(stat.linkname));
  else if (has(stat.mode, GoMode.dir)) {
    for (const entry of await files.list(path)) {
      scanner.push(new TextEncoder().encode(entry.path));
      scanner.push(separator);
      await scan(files, `${path}/${entry.path}`, scanner);
    }
  } else scanner.push((await files.read(path)) ?? separator);
  scanner.push(separator);
}
