/** What BuildKit tells a frontend in its environment. */

export type FrontendRequest = {
  /** What the client asks for, e.g. `filename`, `target`, `build-arg:NAME`. */
  readonly options: ReadonlyMap<string, string>;
  /** The client's session, which serves its folders. */
  readonly sessionId: string;
};

const OPTION = /^BUILDKIT_FRONTEND_OPT_\d+$/;

export function requestFrom(env: NodeJS.ProcessEnv): FrontendRequest {
  const options = new Map<string, string>();
  for (const [name, value = ''] of Object.entries(env)) {
    if (!OPTION.test(name)) continue;
    const at = value.indexOf('=');
    options.set(value.slice(0, Math.max(0, at)), value.slice(at + 1));
  }
  return { options, sessionId: env['BUILDKIT_SESSION_ID'] ?? '' };
}
