// What our tests show that Docker 26 has not yet. Each line says which release brought it; a test
// that fails otherwise, or no longer, fails the run.
import type { Difference } from './known-differences';

/** Where the frontend in the daemon is asked and not one that the file names. */
const frontends = {
  secretVariables: 'the frontend of BuildKit 0.16 (RUN --mount=type=secret,env=)',
  exclude: 'the frontend of BuildKit 0.21 (COPY --exclude)',
  checks: 'the frontend of BuildKit 0.15 (checks, their warnings)',
  bytes: 'newer frontends, whose ops have other bytes; the recorded answers are of the newest',
} as const;

export const differencesOfDocker26: readonly Difference[] = [
  {
    file: 'cli-build.test.ts',
    test: 'what a build is lent > an SSH agent is there, and secrets come from files and variables',
    message: 'to match object { code: +0 }',
    since: frontends.secretVariables,
  },
  {
    file: 'cli.test.ts',
    test: "on '*' > build gives secrets to the steps that ask, by file and by variable",
    message: 'expected 1 to be +0',
    since: frontends.secretVariables,
  },
  {
    file: 'debug-sessions.test.ts',
    test: "a session: 'commands-with-all-mounts-of-their-step' > goes as recorded, in words that DAP knows",
    message: "unexpected key 'env' in 'env=TOKEN'. The Dockerfile frontend that was asked is older",
    since: frontends.secretVariables,
  },
  {
    file: 'prediction.test.ts',
    test: 'the prediction > never calls cached what then runs, in 23 edits',
    message: "expected 'dockerfile parse error on line 3: unk…' to be undefined",
    since: frontends.exclude,
  },
  {
    file: 'prediction.test.ts',
    test: 'the prediction > what is in the editor is compared with a build as another build would be',
    message: "expected 'dockerfile parse error on line 3: unk…' to be undefined",
    since: frontends.exclude,
  },
  {
    file: 'run-build.test.ts',
    test: "a build on '*' > has what it is warned of at the steps that are written there",
    message: 'expected [] to deeply equal',
    since: frontends.checks,
  },
  {
    file: 'cli-build.test.ts',
    test: 'what a build leaves > metadata and image id, as buildx writes them',
    message: 'expected [] to have a length of 2',
    since: frontends.checks,
  },
  {
    file: 'debug-session-ends.test.ts',
    test: "a session on '*' > tells at its end what BuildKit has warned of",
    message: 'expected undefined to match object',
    since: frontends.checks,
  },
  {
    file: 'debug-sessions.test.ts',
    test: "a session: 'stop-at-a-warning' > goes as recorded, in words that DAP knows",
    message: 'no stopped event',
    since: frontends.checks,
  },
  {
    file: 'frontend-parity.test.ts',
    test: 'the daemon’s frontend makes the same LLB of > the sample Dockerfile',
    // The bytes are no known release's, or an older one's, where the newest's are expected.
    message: 'AssertionError: expected',
    since: frontends.bytes,
  },
  {
    file: 'frontend-parity.test.ts',
    test: 'the daemon’s frontend makes the same LLB of > the sample Dockerfile.failing',
    message: 'AssertionError: expected',
    since: frontends.bytes,
  },
  {
    file: 'frontend-parity.test.ts',
    test: 'the daemon’s frontend makes the same LLB of > recorded cases',
    message: 'AssertionError: expected',
    since: frontends.bytes,
  },
  {
    file: 'same-llb.test.ts',
    test: "on '*' > Dockerfile has the same digests",
    message: 'expected [ …(18) ] to deeply equal [ …(18) ]',
    since: frontends.bytes,
  },
  {
    file: 'same-llb.test.ts',
    test: "on '*' > Dockerfile.failing has the same digests",
    message: 'expected [ …(10) ] to deeply equal [ …(10) ]',
    since: frontends.bytes,
  },
  {
    file: 'same-llb.test.ts',
    test: "on '*' > the status stream of a build names the same vertices",
    message: 'to deeply equal []',
    since: frontends.bytes,
  },
  {
    file: 'history.test.ts',
    test: "the history on '*' > what a builder is and stores can be seen",
    message: 'expected 0 to be greater than 0',
    since: 'Docker 27, whose builder tells its rules for garbage',
  },
  {
    file: 'debug-sessions.test.ts',
    test: "a session: 'hint-wrong-format' > goes as recorded, in words that DAP knows",
    message: 'mismatched',
    since: 'runc 1.2, which ends with 255 where it cannot start a program, and not with 1',
  },
  {
    file: 'debug-session-ends.test.ts',
    test: "a session on '*' > explains an unknown image",
    message: "expected 'no-such-image: failed to resolve sour…' to match",
    since: 'Docker 28, which believes a mirror that says no; older ones go on to Docker Hub',
  },
  {
    file: 'service.test.ts',
    test: "the builder service on '*' > says when there is no such image",
    message: 'failed to resolve source metadata',
    since: 'Docker 28, which believes a mirror that says no; older ones go on to Docker Hub',
  },
  {
    file: 'nix-lab.test.ts',
    test: 'the lab > gives the archives, paths and references that Nix gives',
    message: 'invalid response from exec need 1 index but 1 results received',
    since: 'a mended fault of BuildKit, where steps turn out to be equal while they run',
  },
];
