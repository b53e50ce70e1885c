/** Errors in words that say what to do; BuildKit's own text stays verbatim in front. */
import { BuildkitError, Code } from '../../../proto/client/buildkit-error';

type Remedy = { readonly when: RegExp; readonly advice: string };

/** BuildKit's texts for what a profile or a folder can put right. */
const remedies: readonly Remedy[] = [
  {
    when: /secret \S+: not found/,
    advice:
      'Give it with --secret, or in "secrets" of the build profile: a file or an environment variable.',
  },
  {
    when: /target stage .* could not be found/,
    advice:
      'Choose one of the stages in the file with --target, or as "target" of the build profile.',
  },
  {
    when: /permission denied|EACCES|EPERM/,
    advice: 'Check that you may read it, or leave it out with .dockerignore.',
  },
  {
    when: /entitlement network\.host is not allowed/,
    advice:
      'Allow network.host in the settings of this BuildKit, or choose another network with --network or "networkMode" of the build profile.',
  },
  {
    // What a frontend says of flags, keys and questions that came after it (Docker 26 has 0.13's).
    when: /unknown flag: (?:--)?(?:checksum|device|exclude|keep-git-dir|link|parents|security|start-interval|unpack)\b|unexpected key '(?:env|required)' in|unsupported request frontend\./,
    advice:
      'The Dockerfile frontend that was asked is older than this: update the builder, or write # syntax=docker/dockerfile:1 in the first line.',
  },
];

/** The message to show for an error of a build. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof BuildkitError)) return error.message;
  if (error.code === Code.unavailable) {
    return (
      `The connection to BuildKit broke off: ${error.message}. ` +
      'Check that BuildKit is still running, then build again.'
    );
  }
  const advice = remedies.find(({ when }) => when.test(error.message))?.advice;
  return advice === undefined ? error.message : `${error.message}. ${advice}`;
}
