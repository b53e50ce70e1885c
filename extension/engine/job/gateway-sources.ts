/**
 * What the builder knows of git and HTTP sources, asked inside an open job as BuildKit's frontend
 * asks it; and the host keys of SSH servers, which that looks for itself.
 */
import type {
  SourceQuestion,
  SourceResolver,
} from '../../../language-server/dockerfile/compile/source-resolver';
import type { Gateway } from '../../../proto/client/gateway';
import { sshHostKey } from '../../../proto/client/ssh-host-key';
import { digestOf } from '../../../proto/model/digest';
import { marshalOp, terminalOp } from '../../../proto/model/marshal';
import { scanLayer } from '../image-files/layer-scan';

export function gatewaySources(gateway: Gateway): SourceResolver {
  const keys = new Map<string, Promise<string | undefined>>();
  return {
    time: (source) => timeOf(gateway, source),
    hostKey: (host) => {
      const key = keys.get(host) ?? sshHostKey(host);
      keys.set(host, key);
      return key;
    },
  };
}

/** BuildKit ≥ 0.28; older frontends take no time from a source. */
async function timeOf(
  gateway: Gateway,
  { identifier, attributes }: SourceQuestion,
): ReturnType<SourceResolver['time']> {
  const isGit = identifier.startsWith('git://');
  const attrs = new Map(Object.entries(attributes));
  const { git, http } = await gateway.resolveSourceMeta({
    source: { identifier, attrs },
    ...(isGit && { git: { returnObject: true } }),
  });
  if (git !== undefined && git.commitObject.length > 0) return commitTime(git.commitObject);
  if (http?.lastModified !== undefined) return http.lastModified.seconds;
  const filename = attributes['http.filename'] ?? '';
  if (isGit || filename === '') return undefined;
  return newestFile(await download(gateway, { identifier, attributes }, filename));
}

/** The committer's time in a commit object of git, with the offset that says nothing of the moment. */
function commitTime(object: Uint8Array): bigint | undefined {
  const text = new TextDecoder().decode(object);
  const [, seconds] = /^committer .*> (-?\d+) [+-]\d{4}$/m.exec(text) ?? [];
  return seconds === undefined ? undefined : BigInt(seconds);
}

async function download(
  gateway: Gateway,
  { identifier, attributes }: SourceQuestion,
  filename: string,
): Promise<Uint8Array> {
  const op = { kind: 'source', identifier, attrs: attributes } as const;
  const source = marshalOp({ inputs: [], op });
  const end = marshalOp(terminalOp({ digest: digestOf(source), index: 0 }));
  const { ref } = await gateway.solve({ definition: { def: [source, end] } });
  return gateway.readFile({ ref: ref?.id ?? '', filePath: filename });
}

/** Archives that BuildKit reads with programs of its host, and we do not. */
const others = ['BZh', '\xfd7zXZ\0'];

/** Seconds; undefined for what is no archive. */
async function newestFile(archive: Uint8Array): ReturnType<SourceResolver['time']> {
  const start = Buffer.from(archive.subarray(0, 6)).toString('latin1');
  if (others.some((magic) => start.startsWith(magic))) return 'unknown';
  const scan = scanLayer(false);
  try {
    await scan.push(archive);
    const times = (await scan.end()).files.flatMap(({ kind, modified }) =>
      kind === 'file' ? [modified] : [],
    );
    return times.length === 0 ? undefined : BigInt(Math.max(...times));
  } catch {
    // BuildKit, too, takes what it cannot unpack for an ordinary file.
    return undefined;
  }
}
