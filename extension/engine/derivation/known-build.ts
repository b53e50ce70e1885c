/**
 * Builds that came out well, remembered so that the same one again takes one question: whether the
 * builder still has that very result.
 *
 * BuildKit keeps nothing for ever and makes what it has lost anew without a word, and a derivation may
 * then come out differently. So what was seen of the outputs counts only for the result it was seen in.
 * The moment at which BuildKit put that together tells it from any other: it is in the result's own
 * file system, to the nanosecond, and to read it is to read the result.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import {
  optionsOf,
  outputKind,
  type BuiltOutput,
  type Closure,
  type ShellImage,
} from '../../../language-server/derivation';
import type { Gateway } from '../../../proto/client/gateway';
import * as ops from '../../../proto/generated/ops';
import { list, object, text, whole, type Decoder } from '../profile/decode';
import { cacheFolder, thisHost } from '../platform';

/** What a build was, and what was seen of its outputs. */
export type KnownBuild = {
  /** The workers that have the result. */
  readonly workers: readonly string[];
  readonly tools: Pick<ShellImage, 'ref' | 'digest'>;
  readonly entitlements: readonly string[];
  /** What BuildKit was asked to solve. */
  readonly request: ops.Definition;
  /** See {@link stampOf}. */
  readonly stamp: string;
  readonly outputs: readonly BuiltOutput[];
};

const header: Decoder<Omit<KnownBuild, 'request'>> = object(
  {
    workers: list(text),
    tools: object({ ref: text }, { digest: text }),
    entitlements: list(text),
    stamp: text,
    outputs: list(
      object(
        {
          drv: text,
          name: text,
          path: text,
          narHash: text,
          narSize: whole,
          references: list(text),
        },
        {},
      ),
    ),
  },
  {},
);

/** Builds that stay; those that were made longest ago go. */
const MOST_BUILDS = 32;
/** Bytes of a definition that is worth its place on the disk. */
const LARGEST_REQUEST = 16 * 1024 * 1024;

export class KnownBuilds {
  /** @param program names the program that makes the definitions: another one may make others */
  constructor(
    private readonly program: string,
    private readonly folder = join(cacheFolder(thisHost()), 'known-builds'),
  ) {}

  /**
   * The name of what a closure and settings make; undefined where that follows from more than these:
   * from the machine's variables, or from a build that is never the same.
   */
  keyOf({ derivations, roots, sources }: Closure, settings: unknown): string | undefined {
    const hash = createHash('sha256');
    hash.update(JSON.stringify([this.program, settings, roots, [...sources.keys()].sort()]));
    for (const { path, bytes, derivation } of derivations.values()) {
      if (
        derivation === undefined ||
        optionsOf(derivation).impureVariables.length > 0 ||
        derivation.outputs.some((output) => outputKind(output) === 'impure')
      ) {
        return undefined;
      }
      hash.update(`\0${path}\0${bytes.length}\0`).update(bytes);
    }
    return hash.digest('hex');
  }

  /** Undefined when there is none, or none that can be read. */
  async recall(key: string): Promise<KnownBuild | undefined> {
    try {
      const bytes = await promisify(gunzip)(await readFile(join(this.folder, key)));
      const end = bytes.indexOf('\n');
      const value: unknown = JSON.parse(bytes.subarray(0, end).toString('utf8'));
      const request = ops.Definition.decode(bytes.subarray(end + 1));
      return { ...header(value, ''), request };
    } catch {
      return undefined; // A build is no worse without.
    }
  }

  async keep(key: string, { request, ...build }: KnownBuild): Promise<void> {
    const bytes = ops.Definition.encode(request);
    if (bytes.length > LARGEST_REQUEST) return;
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      const unfinished = join(this.folder, `.${randomUUID()}`);
      const whole = Buffer.concat([Buffer.from(`${JSON.stringify(build)}\n`), bytes]);
      await writeFile(unfinished, await promisify(gzip)(whole, { level: 1 }));
      // Other processes never see half of it.
      await rename(unfinished, join(this.folder, key));
      await this.tidy();
    } catch {
      return; // A full disk keeps nobody from building.
    }
  }

  private async tidy(): Promise<void> {
    const names = await readdir(this.folder);
    if (names.length <= MOST_BUILDS) return;
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.folder, name);
        return { path, made: (await stat(path)).mtimeMs };
      }),
    );
    files.sort((left, right) => right.made - left.made);
    for (const { path } of files.slice(MOST_BUILDS)) await rm(path, { force: true });
  }
}

/**
 * When a result was put together, in nanoseconds: BuildKit copies the outputs into its store, and the
 * time of that folder is the one thing that no step sets.
 * @throws BuildkitError when the builder has no such result
 */
export async function stampOf(
  gateway: Gateway,
  ref: string,
  storeDir: string,
  signal?: AbortSignal,
): Promise<string> {
  const limits = signal === undefined ? {} : { signal };
  const { modTime } = await gateway.statFile({ ref, path: storeDir }, limits);
  return modTime.toString();
}
