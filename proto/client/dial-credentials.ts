/**
 * The hook through which grpc-js connects our way.
 *
 * grpc-js opens the TCP or Unix connection itself and then lets the channel's credentials turn it
 * into the connection it speaks HTTP/2 on. TLS does its handshake there; so do we, and send
 * Docker's upgrade request besides. Reconnects pass through here again. The members are abstract
 * but undocumented in grpc-js, which is why its version is pinned.
 */
import { credentials, type CallCredentials, type experimental } from '@grpc/grpc-js';
import { ChannelCredentials } from '@grpc/grpc-js';
import type { Socket } from 'node:net';

type SecureConnector = experimental.SecureConnector;

export class DialCredentials extends ChannelCredentials {
  /**
   * @param prepare makes the connection ready for HTTP/2; when it rejects, grpc-js reports its message.
   * @param encrypted whether the result is a TLS connection.
   */
  constructor(
    private readonly prepare: (socket: Socket) => Promise<Socket>,
    private readonly encrypted: boolean,
  ) {
    super();
  }

  override _isSecure(): boolean {
    return this.encrypted;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(
    _target: unknown,
    _options: unknown,
    callCredentials?: CallCredentials,
  ): SecureConnector {
    return {
      connect: async (socket) => ({
        socket: await this.prepare(socket),
        secure: this.encrypted,
      }),
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => callCredentials ?? credentials.createEmpty(),
      destroy: () => undefined,
    };
  }
}
