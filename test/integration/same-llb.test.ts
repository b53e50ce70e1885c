/**
 * Our compiler against the daemon's own frontend: for one session id both must make the same LLB,
 * digest for digest, and the status stream must name the same vertices.
 */
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { frontendRequest } from '../../extension/engine/input/frontend-attributes';
import { resultsOf } from '../../extension/engine/job/gateway-result';
import { connect } from '../../proto/client/connect';
import { newSessionId } from '../../proto/client/session/session-id';
import { startSession } from '../../proto/client/session/start';
import type { Definition } from '../../proto/model/definition';
import { neutralDigests } from '../../proto/model/neutral-digest';
import { buildkits, environmentFor } from '../env/context';
import { llbDigests } from './cli-output';
import { runCli } from './run-cli';

const sample = resolve(__dirname, '../fixtures/sample');

type FrontendAnswer = {
  readonly definition: Definition;
  /** Digests of the vertices that the build's status stream named. */
  readonly vertices: ReadonlySet<string>;
};

/** What the daemon's Dockerfile frontend makes of a file, and the build of it. */
async function frontend(
  address: string,
  session: string,
  file: string,
  evaluate: boolean,
): Promise<FrontendAnswer> {
  const connection = await connect(address);
  const { attributes, directories } = frontendRequest({}, { file, context: sample });
  const live = await startSession({ address: connection.address, id: session, directories });
  const ref = randomBytes(16).toString('hex');
  const job = connection.control.solve({ ref, session });
  job.catch(() => undefined);
  const vertices = new Set<string>();
  const followed = (async () => {
    for await (const { vertexes } of connection.control.status(ref)) {
      for (const { digest } of vertexes) vertices.add(digest);
    }
  })();
  try {
    const gateway = connection.gateway(ref);
    await gateway.ping();
    const frontendOpt = new Map(Object.entries(attributes));
    const result = await gateway.solve({ frontend: 'dockerfile.v0', frontendOpt });
    const [built] = resultsOf(result);
    if (built?.ref === undefined) throw new Error('the frontend made no result');
    if (evaluate) await gateway.evaluate(built.ref);
    await gateway.return({ result: {} });
    await job;
    await followed;
    return { definition: built.definition, vertices };
  } finally {
    await live.close();
    connection.close();
  }
}

/** The digests of our compiler's ops, by the command line. */
async function ours(file: string, session: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const { stdout, stderr, code } = await runCli(['llb', file, '--session', session], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return llbDigests(stdout);
}

describe.each(buildkits())('on $name', (buildkit) => {
  const address = buildkit.buildkitHost ?? buildkit.address;
  const env = environmentFor(buildkit);

  test.each(['Dockerfile', 'Dockerfile.failing'])('%s has the same digests', async (name) => {
    const session = newSessionId();
    const file = join(sample, name);
    const theirs = await frontend(address, session, file, false);
    const digests = theirs.definition.ops.map(({ digest }) => digest);
    expect(digests.length).toBeGreaterThan(8);
    expect(await ours(file, session, env)).toEqual(digests);
  });

  test('the status stream of a build names the same vertices', async () => {
    const session = newSessionId();
    const file = join(sample, 'Dockerfile');
    const { vertices } = await frontend(address, session, file, true);
    const [terminal, ...steps] = (await ours(file, session, env)).reverse();
    expect(steps.filter((digest) => !vertices.has(digest))).toEqual([]);
    expect(vertices.has(terminal ?? '')).toBe(false);
  });

  test('two sessions at once: other digests, the same neutral ones', async () => {
    const file = join(sample, 'Dockerfile');
    const [one, two] = await Promise.all([
      frontend(address, newSessionId(), file, true),
      frontend(address, newSessionId(), file, true),
    ]);
    const digests = (answer: FrontendAnswer) => answer.definition.ops.map(({ digest }) => digest);
    const neutral = (answer: FrontendAnswer) => {
      const table = neutralDigests(answer.definition);
      return digests(answer).map((digest) => table.get(digest));
    };
    expect(digests(one)).not.toEqual(digests(two));
    // The order of independent branches follows their digests, so the sets are compared.
    expect(new Set(neutral(one))).toEqual(new Set(neutral(two)));
  });
});
