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
};

export class Knowledge {
  /** Derivations whose outputs have been reported on. */
  readonly reported = new Set<ByteString>();
  /** Paths of outputs that have none before they are built, by derivation and output. */
  readonly paths = new Map<ByteString, Map<ByteString, ByteString>>();
  /** Everything that a path mentions of the store; itself too, if it does. */
  readonly mentions = new Map<ByteString, readonly ByteString[]>();
  readonly archives = new Map<ByteString, ArchiveInfo>();
  /** Outputs that are symlinks themselves. */
  readonly links = new Set<ByteString>();

  /** Forgets what reports have said; what is known otherwise stays. */
  forgetReports(): void {
    for (const each of [this.reported, this.paths, this.mentions, this.archives]) each.clear();
  }

  /**
   * Takes in a report: lines `refs PATH BASE…`, `size PATH BYTES HASH`, and `path DRV OUTPUT BASE BASE…`
   * for outputs named by their contents, where each BASE is the name of a store path.
   */
  learn(report: ByteString, storeDir: ByteString): void {
    for (const line of report.split('\n')) {
      const [kind, subject = '', ...rest] = line.split(' ').filter((word) => word !== '');
      const full = (base: ByteString): ByteString => `${storeDir}/${base}`;
      if (kind === 'refs') this.mentions.set(subject, rest.map(full).sort());
      else if (kind === 'size') {
        const [size = '', hash = ''] = rest;
        this.archives.set(subject, { size: Number(size), hash });
      } else if (kind === 'path') {
        const [output = '', base = '', ...references] = rest;
        const paths = this.paths.get(subject) ?? new Map<ByteString, ByteString>();
        this.paths.set(subject, paths.set(output, full(base)));
        this.mentions.set(full(base), references.map(full).sort());
      }
    }
  }
}
