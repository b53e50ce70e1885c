/**
 * What earlier steps of a build reported: paths that follow from contents, references, sizes. Some
 * derivations can be compiled only once this is known of their inputs.
 */
import type { ByteString } from './byte-string';

export type ArchiveInfo = {
  /** Bytes. */
  readonly size: number;
  /** sha256 in base 16. */
  readonly hash: string;
  /** sha256 of the contents, for a path that is a plain file. */
  readonly flat?: string;
};

export class Knowledge {
  /** Derivations whose outputs have been reported on. */
  readonly reported = new Set<ByteString>();
  /** Paths of outputs that have none before they are built, by derivation and output. */
  readonly paths = new Map<ByteString, Map<ByteString, ByteString>>();
  /** Everything that a path mentions of the store; itself too, if it does. */
  readonly mentions = new Map<ByteString, readonly ByteString[]>();
  readonly archives = new Map<ByteString, ArchiveInfo>();
  /** Content addresses of outputs named by their contents: `fixed:r:sha256:` and such, then base 16. */
  readonly addresses = new Map<ByteString, ByteString>();
  /** Outputs, by derivation, whose very path an input of it has already. */
  readonly inherited = new Map<ByteString, Set<ByteString>>();
  /** Outputs that are symlinks themselves. */
  readonly links = new Set<ByteString>();

  /** Forgets what reports have said; what is known otherwise stays. */
  forgetReports(): void {
    const { reported, paths, mentions, archives, addresses, inherited } = this;
    for (const each of [reported, paths, mentions, archives, addresses, inherited]) each.clear();
  }

  /**
   * Takes in a report: lines `refs PATH BASE…`, `size PATH BYTES HASH [FLAT]`, and
   * `path DRV OUTPUT BASE ADDRESS BASE…` for outputs named by their contents, where each BASE is the
   * name of a store path, and the first has a `@` before it where an input has that path too.
   */
  learn(report: ByteString, storeDir: ByteString): void {
    for (const line of report.split('\n')) {
      const [kind, subject = '', ...rest] = line.split(' ').filter((word) => word !== '');
      const full = (base: ByteString): ByteString => `${storeDir}/${base}`;
      if (kind === 'refs') this.mentions.set(subject, rest.map(full).sort());
      else if (kind === 'size') {
        const [size = '', hash = '', flat] = rest;
        const info = { size: Number(size), hash };
        this.archives.set(subject, flat === undefined ? info : { ...info, flat });
      } else if (kind === 'path') {
        const [output = '', marked = '', address = '', ...references] = rest;
        const path = full(marked.replace(/^@/, ''));
        const paths = this.paths.get(subject) ?? new Map<ByteString, ByteString>();
        this.paths.set(subject, paths.set(output, path));
        this.mentions.set(path, references.map(full).sort());
        this.addresses.set(path, address);
        if (marked.startsWith('@')) {
          const inherited = this.inherited.get(subject) ?? new Set();
          this.inherited.set(subject, inherited.add(path));
        }
      }
    }
  }
}
