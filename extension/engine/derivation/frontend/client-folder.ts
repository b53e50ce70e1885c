/** A folder of the client's, read through the gateway: what a frontend sees of the build context. */
import { isMissingFile } from '../../../../proto/client/buildkit-error';
import type { Gateway } from '../../../../proto/client/gateway';
import * as ops from '../../../../proto/generated/ops';
import type { Stat } from '../../../../proto/generated/fsutil';
import { digestOf } from '../../../../proto/model/digest';
import { BuildFailure } from '../../input/build-input';
import { terminalBytes } from '../../job/slice';

/** Old daemons answer with no more at once. Bytes. */
const PIECE = 4 * 1024 * 1024;

export class ClientFolder {
  private readonly ref: Promise<string>;

  /** @param patterns what is read; nothing else is sent */
  constructor(
    private readonly gateway: Gateway,
    name: string,
    sessionId: string,
    patterns: readonly string[],
    why: string,
  ) {
    this.ref = this.load(name, sessionId, patterns, why);
    // Whoever reads first learns of a failure.
    this.ref.catch(() => undefined);
  }

  /** Undefined when there is no such file. */
  async read(path: string): Promise<Uint8Array | undefined> {
    return this.unlessMissing(async (ref) => {
      const stat = await this.gateway.statFile({ ref, path });
      const size = Number(stat.size);
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < size || at === 0; at += PIECE) {
        const range = { offset: BigInt(at), length: BigInt(PIECE) };
        pieces.push(await this.gateway.readFile({ ref, filePath: path, range }));
      }
      return Buffer.concat(pieces);
    });
  }

  /** Undefined when there is nothing of this name. */
  stat(path: string): Promise<Stat | undefined> {
    return this.unlessMissing((ref) => this.gateway.statFile({ ref, path }));
  }

  /** The entries of a directory; none when it is not there. */
  async list(path: string): Promise<readonly Stat[]> {
    const found = await this.unlessMissing((ref) =>
      this.gateway.readDir({ ref, dirPath: path === '' ? '/' : path }),
    );
    return found ?? [];
  }

  private async unlessMissing<T>(ask: (ref: string) => Promise<T>): Promise<T | undefined> {
    const ref = await this.ref;
    try {
      return await ask(ref);
    } catch (error) {
      if (isMissingFile(error)) return undefined;
      throw error;
    }
  }

  private async load(
    name: string,
    sessionId: string,
    patterns: readonly string[],
    why: string,
  ): Promise<string> {
    const attrs = new Map([
      ['local.session', sessionId],
      ['local.includepattern', JSON.stringify(patterns)],
      ['local.sharedkeyhint', name],
    ]);
    const source = ops.Op.encode({ source: { identifier: `local://${name}`, attrs } });
    const digest = digestOf(source);
    const { ref } = await this.gateway.solve({
      definition: ops.Definition.create({
        def: [source, terminalBytes(digest, 0)],
        metadata: new Map([
          [digest, { description: new Map([['llb.customname', `[internal] ${why}`]]) }],
        ]),
      }),
      evaluate: true,
    });
    if (ref === undefined)
      throw new BuildFailure(`BuildKit has no folder ${name} of the client's.`);
    return ref.id;
  }
}
