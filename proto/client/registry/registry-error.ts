/** Why a registry gave no answer, in a kind to act on and in words to show. */

export type RegistryProblem =
  /** There is no such repository, tag or digest. */
  | 'not-found'
  /** The login is missing, wrong, or not enough for this repository. */
  | 'unauthorized'
  /** Too many requests; `retryAfter` says how long to wait when the registry does. */
  | 'rate-limited'
  /** The registry itself failed (5xx), or answered in a way that makes no sense. */
  | 'server'
  /** It cannot be reached: name, route, TLS, or no answer in time. */
  | 'unreachable'
  /** A credential helper, or Docker's configuration, could not be used. */
  | 'credentials'
  /** The caller no longer wants the answer. */
  | 'cancelled';

export class RegistryError extends Error {
  /**
   * @param status the HTTP status, where there was an answer
   * @param retryAfter seconds, from the `Retry-After` header
   */
  constructor(
    readonly problem: RegistryProblem,
    message: string,
    readonly status?: number,
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = 'RegistryError';
  }
}
