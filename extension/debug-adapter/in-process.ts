/** The debug adapter for a client in the same process: its requests, with no wire in between. */
import { RequestError } from './connection';
import { handlersOf } from './handlers';
import { type AdapterOptions, DebugSession } from './session';

export type OnEvent = (event: string, body: unknown) => void;

export class InProcessAdapter {
  private readonly session: DebugSession;
  private readonly handlers: ReturnType<typeof handlersOf>;

  /** @param onEvent hears what the adapter says unasked, as DAP's events */
  constructor(options: AdapterOptions, onEvent: OnEvent) {
    this.session = new DebugSession(
      {
        event: onEvent,
        request: (command) => Promise.reject(new RequestError(`${command} is not served here`)),
      },
      options,
    );
    this.handlers = handlersOf(this.session);
  }

  /** @throws RequestError, DecodeError where the adapter refuses; what they say is for the user */
  async request(command: string, args: unknown = {}): Promise<unknown> {
    const handler = this.handlers.get(command);
    if (handler === undefined) throw new RequestError(`${command} is not supported`);
    const { body, after } = await handler(args);
    after?.();
    return body;
  }

  /** Ends the build, if one lives, with nothing left running. */
  async close(): Promise<void> {
    await this.session.end();
  }
}
