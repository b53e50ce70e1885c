/** Before each integration test: sessions of builds that run in the test's own process. */
import { join } from 'node:path';
import { inject, vi } from 'vitest';

// As `environmentFor` has it, for builds in this process.
vi.stubEnv('LLB_LENS_TOOLS', 'docker.io/library/busybox:musl');

vi.mock(import('../../proto/client/session/worker-program'), () => ({
  workerProgram: () => ({
    program: join(inject('freshBundles'), 'session-worker.js'),
    eval: false,
  }),
}));
