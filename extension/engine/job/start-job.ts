/**
 * Everything between a profile and an open job: the builder, the session that serves local files,
 * and the exporters.
 */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { SecretSource } from '../../../proto/messages/build-profile';
import { connect, type Connection } from '../../../proto/client/connect';
import { defaultBuilder } from '../../../proto/client/builders/default-builder';
import {
  type PreparedSession,
  prepareSession,
  type Session,
} from '../../../proto/client/session/start';
import { BuildFailure, type BuildInput } from '../input/build-input';
import { recordedProvenance, type ProvenanceDetail } from '../history/recorded-provenance';
import { requireUsable } from '../builder/builder-info';
import { BuildJob, type JobEvents } from './build-job';
import type { ResolvedProfile } from '../profile/profile';
import { SentListings } from '../records/sent-listings';
import { buildRequest } from '../request/build-request';

export type StartOptions = {
  readonly profile: ResolvedProfile;
  readonly input: BuildInput;
  readonly env: NodeJS.ProcessEnv;
  /** What relative destinations of outputs are relative to. */
  readonly cwd: string;
  readonly events: JobEvents;
  /** Local source name → absolute folder, besides the input's own. */
  readonly directories?: Readonly<Record<string, string>>;
  /** Without outputs and tags, keep the image in Docker, as `docker build` does. */
  readonly load?: boolean;
  /** How much of the recorded provenance is told with the exporters' answers; default: nothing. */
  readonly provenance?: ProvenanceDetail | undefined;
  /** The build is in no list of builds: a question, nothing that a user started. */
  readonly internal?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** The thread that is to serve local files, where the caller has started one already. */
  readonly thread?: PreparedSession | undefined;
};

/** The profile's builder, else the default one. @throws ConnectError, AddressError */
export async function connectBuilder(
  builder: string | undefined,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
  platforms?: readonly string[],
): Promise<Connection> {
  const address =
    builder === undefined || builder === '' ? (await defaultBuilder(env)).address : builder;
  return connect(address, { env, signal, platforms });
}

/**
 * Opens a job; nothing runs before it is asked to. Registry credentials of the user are lent to
 * the build, so callers start one only for files that the user trusts.
 * @throws ConnectError when there is no BuildKit
 * @throws BuildFailure, ProfileError when the profile cannot be met
 */
export async function startJob(options: StartOptions): Promise<BuildJob> {
  const { profile, input, env, cwd, events, signal } = options;
  for (const secret of input.secrets) requireSecret(secret, env);
  const prepared = options.thread ?? prepareSession();
  const opened: Session[] = [];
  let connection: Connection | undefined;
  try {
    connection = await connectBuilder(profile.builder, env, signal, profile.platforms);
    await requireUsable(connection);
    const { load = false, internal = false, provenance = 'disabled' } = options;
    const request = await buildRequest({
      profile,
      connection,
      env,
      cwd,
      load: load && !internal,
      internal,
      signal,
    });
    for (const note of request.notes) events.output(`${note}\n`);
    const sent = new SentListings();
    const { address } = connection;
    const own = prepared.start({
      address,
      sharedKey: sharedKey(input.directories),
      directories: { ...input.directories, ...options.directories },
      ...(input.stored === undefined ? {} : { stored: input.stored }),
      ...(input.further === undefined ? {} : { further: input.further }),
      secrets: input.secrets,
      ...request.session,
      trusted: true,
      env,
      // Questions are not remembered.
      ...(!internal && { lists: true, onEvent: (event) => sent.take(event) }),
    });
    const lent = [...(input.lent ?? [])].map(([name, directories]) => ({
      name,
      starting: prepared.start({
        address,
        sharedKey: sharedKey(directories),
        directories,
        secrets: input.secrets,
        ssh: request.session.ssh ?? [],
        stores: request.session.stores ?? {},
        trusted: true,
        env,
      }),
    }));
    // Whatever has started is closed, also where another one fails.
    for (const one of await Promise.allSettled([own, ...lent.map(({ starting }) => starting)])) {
      if (one.status === 'fulfilled') opened.push(one.value);
    }
    const session = await own;
    const lentIds = new Map<string, string>();
    for (const { name, starting } of lent) lentIds.set(name, (await starting).id);
    let users = 1;
    const connected = connection;
    return new BuildJob({
      connection,
      session,
      lent: lentIds,
      sent,
      input,
      request,
      ...(provenance === 'disabled'
        ? {}
        : { afterwards: (id: string) => recordedProvenance(connected, id, provenance) }),
      events,
      share: () => {
        users++;
      },
      release: async () => {
        if (--users > 0) return;
        // A session whose thread has died is closed already; the connection goes in any case.
        await Promise.allSettled(opened.map((one) => one.close()));
        connected.close();
      },
    });
  } catch (error) {
    prepared.abandon();
    await Promise.allSettled(opened.map((one) => one.close()));
    connection?.close();
    throw error;
  }
}

/** The same folders again send only what changed since; the key says that they are the same. */
function sharedKey(directories: BuildInput['directories']): string {
  return createHash('sha256')
    .update(JSON.stringify([hostname(), directories]))
    .digest('hex');
}

function requireSecret(secret: SecretSource, env: NodeJS.ProcessEnv): void {
  if ('env' in secret && env[secret.env] === undefined) {
    throw new BuildFailure(
      `The secret "${secret.id}" comes from the environment variable ${secret.env}, which is not set; ` +
        'set it, or change "secrets" in the build profile.',
    );
  }
}
