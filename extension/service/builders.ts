/** The connections of the service: one a builder, made on first need and kept. */
import { formatAddress } from '../../proto/client/address';
import { builderAddress } from '../../proto/client/address';
import { Code, BuildkitError } from '../../proto/client/buildkit-error';
import { connect, type Connection } from '../../proto/client/connect';
import { buildkitVersion } from '../engine/builder/builder-info';
import { defaultBuilder, type DefaultBuilder } from '../../proto/client/builders/default-builder';
import { ConnectError } from '../../proto/client/connect-error';
import { isDockerWorker } from '../engine/request/build-request';
import type { BuilderState } from './protocol';

/** What the default choice is called where it was found. */
const originNames: Readonly<Record<DefaultBuilder['origin'], (name: string) => string>> = {
  BUILDKIT_HOST: () => 'BUILDKIT_HOST',
  DOCKER_HOST: () => 'DOCKER_HOST',
  buildx: (name) => name,
  'docker-context': (name) => `Docker (${name})`,
  'docker-default': () => 'Docker',
};

type Chosen = { readonly address: string; readonly name: string };

export class Builders {
  private readonly connections = new Map<string, Promise<Connection>>();
  private readonly reachable = new Map<string, boolean>();

  /** @param onChange a builder that answered does not any more, or the other way round */
  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly onChange: () => void,
  ) {}

  /** @throws AddressError for a text that names no builder */
  async choose(builder: string | undefined): Promise<Chosen> {
    if (builder !== undefined && builder !== '') {
      return { address: formatAddress(builderAddress(builder)), name: builder };
    }
    const { address, origin, name } = await defaultBuilder(this.env);
    return { address: formatAddress(address), name: originNames[origin](name) };
  }

  /**
   * Runs `work` with a connection to a builder. A kept connection that turns out to be dead is
   * made anew, once.
   * @throws AddressError, ConnectError, and what `work` throws
   */
  async use<T>(
    builder: string | undefined,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const { address } = await this.choose(builder);
    const kept = this.connections.has(address);
    const connection = await this.connected(address);
    try {
      return await work(connection);
    } catch (error) {
      if (!isLost(error)) throw error;
      this.drop(address);
      if (!kept) throw error;
      return work(await this.connected(address));
    }
  }

  /** The kept connection, or a new one. @throws AddressError, ConnectError */
  async connection(builder: string | undefined): Promise<Connection> {
    const { address } = await this.choose(builder);
    return this.connected(address);
  }

  /** A caller found that the kept connection is of no use; the next one makes a new one. */
  async lost(builder: string | undefined): Promise<void> {
    const { address } = await this.choose(builder);
    this.drop(address);
    this.note(address, false);
  }

  async state(builder: string | undefined): Promise<BuilderState> {
    const { address, name } = await this.choose(builder);
    try {
      return await this.use(builder, async (connection) => {
        const version = await buildkitVersion(connection);
        return {
          state: 'connected',
          name,
          address,
          ...(version !== undefined && { version }),
          imageResolveMode: isDockerWorker(connection) ? 'local' : 'default',
        };
      });
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      return { state: 'unavailable', reason: error.reason, remedy: error.remedy };
    }
  }

  close(): void {
    for (const address of [...this.connections.keys()]) this.drop(address);
  }

  private async connected(address: string): Promise<Connection> {
    let connecting = this.connections.get(address);
    if (connecting === undefined) {
      connecting = connect(address, { env: this.env });
      this.connections.set(address, connecting);
    }
    try {
      const connection = await connecting;
      this.note(address, true);
      return connection;
    } catch (error) {
      this.connections.delete(address);
      this.note(address, false);
      throw error;
    }
  }

  private drop(address: string): void {
    const connection = this.connections.get(address);
    this.connections.delete(address);
    connection?.then(
      (open) => {
        open.close();
      },
      () => undefined,
    );
  }

  private note(address: string, answers: boolean): void {
    const before = this.reachable.get(address);
    this.reachable.set(address, answers);
    if (before !== undefined && before !== answers) this.onChange();
  }
}

/** The transport's own failure; BuildKit's answers have other codes. */
function isLost(error: unknown): boolean {
  return error instanceof BuildkitError && error.code === Code.unavailable;
}
