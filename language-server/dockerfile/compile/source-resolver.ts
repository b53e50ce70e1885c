/**
 * What only the network knows of sources other than images. The compiler asks; the rim answers.
 */

/** A source op, in the words of LLB. */
export type SourceQuestion = {
  readonly identifier: string;
  readonly attributes: Readonly<Record<string, string>>;
};

export type SourceResolver = {
  /**
   * The time that SOURCE_DATE_EPOCH takes from a git or HTTP source, in seconds: the commit's, the
   * server's `Last-Modified`, or the newest file's of an archive. Undefined where it has none,
   * `unknown` where that cannot be found out here.
   * Rejects with an Error whose message is what BuildKit would say.
   */
  time(source: SourceQuestion): Promise<bigint | 'unknown' | undefined>;
  /**
   * The host key of an SSH server as a line of `known_hosts`; BuildKit writes it into the op.
   * Undefined where the server does not give one: BuildKit goes on without it.
   * @param host with its port, if it is not the usual one
   */
  hostKey(host: string): Promise<string | undefined>;
};
