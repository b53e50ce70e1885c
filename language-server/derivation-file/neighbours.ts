/** Links from a derivation file to what lies beside it, and from there back to its users. */
import type { DocumentLink, Location, Range } from 'vscode-languageserver-types';
import { baseName, isDerivationFile, textOf, type ByteString, type Closure } from '../derivation';
import { pathMentions } from '../derivation/reading/place-at';
import type { ServerHost } from '../host';

type RangeOf = (start: number, end: number) => Range;

/** The file of a store path, in the folder of the document. */
export function uriBeside(document: string, path: ByteString): string {
  return new URL(encodeURIComponent(textOf(baseName(path))), document).href;
}

/** A link for every mention of a derivation, and of an output to the derivation that makes it. */
export function derivationLinks(
  document: string,
  bytes: Uint8Array,
  closure: Closure,
  rangeOf: RangeOf,
): DocumentLink[] {
  const makers = makersOf(closure);
  return pathMentions(bytes).flatMap(({ path, start, end }) => {
    const drv = closure.derivations.has(path) ? path : makers.get(path);
    if (drv === undefined || closure.roots.includes(drv)) return [];
    const tooltip = textOf(baseName(drv));
    return [{ range: rangeOf(start, end), target: uriBeside(document, drv), tooltip }];
  });
}

/** Which derivation makes a path. */
export function makersOf(closure: Closure): ReadonlyMap<ByteString, ByteString> {
  const makers = new Map<ByteString, ByteString>();
  for (const { path, derivation } of closure.derivations.values()) {
    for (const output of derivation?.outputs ?? []) {
      if (output.path !== '' && !makers.has(output.path)) makers.set(output.path, path);
    }
  }
  return makers;
}

/** The places in other derivations of the folder that name a store path. */
export async function usersOf(
  document: string,
  path: ByteString,
  host: Pick<ServerHost, 'listFolder' | 'readText'>,
): Promise<Location[]> {
  const folder = new URL('.', document).href;
  const wanted = textOf(path);
  const own = new URL(document).href;
  const found: Location[] = [];
  for (const { name } of await host.listFolder(folder)) {
    if (!isDerivationFile(name)) continue;
    const uri = new URL(encodeURIComponent(name), folder).href;
    if (uri === own) continue;
    const text = (await host.readText(uri)) ?? '';
    const at = text.indexOf(`"${wanted}"`);
    if (at < 0) continue;
    const before = text.slice(0, at + 1);
    const line = before.split('\n').length - 1;
    const character = before.length - (before.lastIndexOf('\n') + 1);
    const start = { line, character };
    found.push({ uri, range: { start, end: { line, character: character + wanted.length } } });
  }
  return found;
}
