/**
 * What a binary cache says of one store path (`<hash>.narinfo`): fields a line each, and the text that
 * signatures sign.
 */
import { parseStorePath } from '../store-path';

export type NarInfo = {
  readonly storePath: string;
  /** Relative to the cache. */
  readonly url: string;
  readonly compression: string;
  /** `sha256:` and base 32, of the compressed file and of the archive. */
  readonly fileHash?: string;
  readonly fileSize?: number;
  readonly narHash: string;
  readonly narSize: number;
  /** Full store paths, sorted. */
  readonly references: readonly string[];
  /** The name of its derivation in the store. */
  readonly deriver?: string;
  /** `NAME:` and base 64. */
  readonly signatures: readonly string[];
};

/** Reads a `.narinfo` file; undefined when something that is needed is missing or malformed. */
export function parseNarInfo(text: string): NarInfo | undefined {
  const fields = new Map<string, string>();
  const signatures: string[] = [];
  for (const line of text.split('\n')) {
    const at = line.indexOf(':');
    if (at < 0) continue;
    const [name, value] = [line.slice(0, at), line.slice(at + 1).trim()];
    if (name === 'Sig') signatures.push(value);
    else fields.set(name, value);
  }
  const storePath = fields.get('StorePath') ?? '';
  const url = fields.get('URL');
  const narHash = fields.get('NarHash');
  const narSize = Number(fields.get('NarSize'));
  const parsed = parseStorePath(storePath);
  if (parsed === undefined || url === undefined || narHash === undefined) return undefined;
  if (!Number.isSafeInteger(narSize) || narSize <= 0) return undefined;
  const fileHash = fields.get('FileHash');
  const fileSize = fields.get('FileSize');
  const deriver = fields.get('Deriver');
  const names = (fields.get('References') ?? '').split(' ').filter((name) => name !== '');
  // What names nothing is what Nix had at first.
  const compression = fields.get('Compression') ?? '';
  return {
    storePath,
    url,
    compression: compression === '' ? 'bzip2' : compression,
    narHash,
    narSize,
    references: names.map((name) => `${parsed.storeDir}/${name}`).sort(),
    signatures,
    ...(fileHash === undefined ? {} : { fileHash }),
    ...(fileSize === undefined ? {} : { fileSize: Number(fileSize) }),
    ...(deriver === undefined || deriver === 'unknown-deriver' ? {} : { deriver }),
  };
}

const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The text of a `.narinfo` file. */
export function printNarInfo(info: NarInfo): string {
  const lines = [
    `StorePath: ${info.storePath}`,
    `URL: ${info.url}`,
    `Compression: ${info.compression}`,
    ...(info.fileHash === undefined ? [] : [`FileHash: ${info.fileHash}`]),
    ...(info.fileSize === undefined ? [] : [`FileSize: ${info.fileSize}`]),
    `NarHash: ${info.narHash}`,
    `NarSize: ${info.narSize}`,
    `References: ${info.references.map(baseOf).join(' ')}`,
    ...(info.deriver === undefined ? [] : [`Deriver: ${info.deriver}`]),
    ...info.signatures.map((signature) => `Sig: ${signature}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** What a signature of a store path signs. */
export function narFingerprint(
  info: Pick<NarInfo, 'storePath' | 'narHash' | 'narSize' | 'references'>,
): string {
  const references = [...info.references].sort().join(',');
  return `1;${info.storePath};${info.narHash};${info.narSize};${references}`;
}
