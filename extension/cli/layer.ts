/**
 * `llb-lens layer`: the files of any place of a build, or of any image: what is there, what a step
 * changed, how two places differ, and where an image's space goes.
 */
import { existsSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import type { Connection } from '../../proto/client/connect';
import type { Changes, FileChange } from '../engine/files/changes';
import { entryText } from '../engine/files/entry-text';
import type { FileEntry } from '../engine/files/files';
import { searchFiles } from '../engine/files/search-files';
import type { InspectedImage } from '../engine/image-files/image';
import { type ImageReport, reportOf } from '../engine/image-files/image-report';
import {
  inspectArchive,
  inspectLayer,
  inspectReference,
} from '../engine/image-files/inspect-image';
import { BuildFailure } from '../engine/input/build-input';
import type { Layer } from '../engine/layers/layer';
import { writeChanges, writeTree } from '../engine/layers/layer-archive';
import { findStep, LayerBuild, parsePlatform } from '../engine/layers/layer-build';
import { parseProfile } from '../engine/profile/profile';
import type { Console } from './console';
import { CliError, ExitCode } from './exit-code';
import { bytesText } from '../../proto/model/byte-size';
import { imageText } from './layer-text';
import { withBuilder } from './with-builder';
import { type ProfileFlags, profileOf } from './profile-options';

export type LayerFlags = ProfileFlags & {
  readonly context?: string;
  readonly builder?: string;
  readonly json: boolean;
};

/** A command over one layer. */
type Run<F> = (
  wanted: string,
  flags: LayerFlags & F,
  to: Console,
  signal: AbortSignal,
) => Promise<number>;

/** Lists a folder, or with `recursive` all below it. */
export const layerList: Run<{ readonly path: string; readonly recursive: boolean }> = (
  wanted,
  flags,
  to,
  signal,
) =>
  withLayer(wanted, flags, signal, async (layer) => {
    const { path, recursive } = flags;
    if (!recursive) {
      const entries = await (await layer.tree()).list(path);
      return print(
        to,
        flags,
        { files: entries.map((entry) => described(posix.join(path, entry.name), entry)) },
        () => entries.map((entry) => `${entryText(entry)} ${entry.name}\n`),
      );
    }
    const listing = await layer.listing;
    const start = listing.find(path);
    if (start === undefined) throw new BuildFailure(`There is no ${path} here.`);
    const indices = Array.from(
      { length: listing.end(start) - start - 1 },
      (_, at) => start + 1 + at,
    );
    const totals = listing.totals(start);
    return print(
      to,
      flags,
      {
        files: indices.map((index) => described(listing.path(index), listing.entry(index))),
        totals,
      },
      () => [
        ...indices.map((index) => `${entryText(listing.entry(index))} ${listing.path(index)}\n`),
        `${totals.files} files, ${bytesText(totals.bytes)}\n`,
      ],
    );
  });

/** What a step changed, or how a layer differs from another one. */
export const layerChanges: Run<{ readonly from?: string }> = (wanted, flags, to, signal) =>
  withLayer(wanted, flags, signal, async (layer) => {
    const { from } = flags;
    if (from === undefined) return printChanges(to, flags, await layer.changes);
    return withLayer(from, flags, signal, async (before) =>
      printChanges(to, flags, await layer.changesFrom(before)),
    );
  });

/** Prints a file. */
export const layerCat: Run<{ readonly path: string }> = (wanted, flags, to, signal) =>
  withLayer(wanted, flags, signal, async (layer) => {
    const tree = await layer.tree();
    const entry = await tree.stat(flags.path);
    if (entry === undefined) throw new BuildFailure(`There is no ${flags.path} here.`);
    if (entry.kind === 'directory') throw new BuildFailure(`${flags.path} is a directory.`);
    // A link is read through, and is as long as what it names.
    const size = entry.kind === 'symlink' ? Number.MAX_SAFE_INTEGER : entry.size;
    for await (const piece of tree.pieces(flags.path, size)) await to.out(piece);
    return ExitCode.good;
  });

/** Files by a part of their path, or by a pattern. */
export const layerSearch: Run<{ readonly pattern: string }> = (wanted, flags, to, signal) =>
  withLayer(wanted, flags, signal, async (layer) => {
    const listing = await layer.listing;
    const { found } = searchFiles(listing, flags.pattern, listing.count);
    return print(
      to,
      flags,
      { files: found.map((index) => described(listing.path(index), listing.entry(index))) },
      () => found.map((index) => `${listing.path(index)}\n`),
    );
  });

/** Writes a tar archive to standard output. */
export const layerTar: Run<{ readonly path: string; readonly changes: boolean }> = (
  wanted,
  flags,
  to,
  signal,
) =>
  withLayer(wanted, flags, signal, async (layer) => {
    if (flags.changes) await writeChanges(layer, to.out);
    else await writeTree(layer, flags.path, to.out);
    return ExitCode.good;
  });

/** Layers, wasted space, duplicates and efficiency of an image, an archive or a place of a build. */
export const layerInspect: Run<object> = async (wanted, flags, to, signal) => {
  const show = (image: InspectedImage): Promise<number> => printReport(to, flags, reportOf(image));
  if (/\.(tar|tgz|oci)$/.test(wanted) && existsSync(wanted)) {
    return show(await inspectArchive(wanted, flags.platform[0]));
  }
  return withBuilder(flags.builder, signal, async (connection) => {
    const options = { connection, env: process.env, signal };
    if (!isFile(wanted)) {
      const platform =
        flags.platform[0] === undefined ? undefined : parsePlatform(flags.platform[0]);
      return show(await inspectReference(wanted, platform, options));
    }
    return withBuild(connection, wanted, flags, async (build, layer) =>
      show(await inspectLayer(build, layer, wanted, options)),
    );
  });
};

function printReport(to: Console, flags: LayerFlags, report: ImageReport): Promise<number> {
  return print(to, flags, report, () => [imageText(report)]);
}

function described(path: string, entry: FileEntry) {
  return { path, ...facts(entry) };
}

function facts({ kind, mode, uid, gid, size, modified, linkTarget, hardLink }: FileEntry) {
  return {
    kind,
    mode: `0${mode.toString(8).padStart(3, '0')}`,
    uid,
    gid,
    size,
    modified: new Date(modified * 1000).toISOString(),
    linkTarget,
    hardLink,
  };
}

const marks = { added: '+', changed: '±', removed: '−' } as const;

function printChanges(to: Console, flags: LayerFlags, { changes, isPartial }: Changes) {
  const body = {
    partial: isPartial,
    changes: changes.map(({ path, change, before, after, below }) => ({
      path,
      change,
      ...(before === undefined ? {} : { before: facts(before) }),
      ...(after === undefined ? {} : { after: facts(after) }),
      ...(below === undefined ? {} : { below }),
    })),
  };
  return print(to, flags, body, () => changes.map(changeLine));
}

function changeLine({ path, change, before, after, below }: FileChange): string {
  const entry = after ?? before;
  const was = change === 'changed' && before !== undefined ? ` (was ${entryText(before)})` : '';
  const inside = below === undefined ? '' : ` (${below.files} files, ${bytesText(below.bytes)})`;
  return `${marks[change]} ${path}  ${entry === undefined ? '' : entryText(entry)}${was}${inside}\n`;
}

async function print(
  to: Console,
  { json }: LayerFlags,
  value: object,
  lines: () => readonly string[],
): Promise<number> {
  await to.out(json ? `${JSON.stringify(value, undefined, 2)}\n` : lines().join(''));
  return ExitCode.good;
}

/** Whether a name is of a file that is built, perhaps with a step behind `#`. */
const isFile = (wanted: string): boolean => existsSync(parts(wanted).file);

function parts(wanted: string): { readonly file: string; readonly step?: string } {
  const hash = wanted.lastIndexOf('#');
  if (hash < 0 || existsSync(wanted)) return { file: wanted };
  return { file: wanted.slice(0, hash), step: wanted.slice(hash + 1) };
}

function withLayer(
  wanted: string,
  flags: LayerFlags,
  signal: AbortSignal,
  work: (layer: Layer) => Promise<number>,
): Promise<number> {
  return withBuilder(flags.builder, signal, async (connection) => {
    if (isFile(wanted)) return withBuild(connection, wanted, flags, (_, layer) => work(layer));
    const platform = flags.platform[0];
    const build = await LayerBuild.ofImage(connection, process.env, {
      reference: wanted,
      platform: platform === undefined ? undefined : parsePlatform(platform),
    });
    return closing(build, () => work(build.result()));
  });
}

async function withBuild(
  connection: Connection,
  wanted: string,
  flags: LayerFlags,
  work: (build: LayerBuild, layer: Layer) => Promise<number>,
): Promise<number> {
  const { file, step } = parts(wanted);
  const { context } = flags;
  const build = await LayerBuild.ofFile(connection, process.env, {
    profile: {
      ...parseProfile(profileOf(flags)),
      ...(context === undefined ? {} : { context }),
      ...(file.endsWith('.drv') ? { derivation: resolve(file) } : { file: resolve(file) }),
    },
    cwd: process.cwd(),
  });
  return closing(build, () => work(build, layerOf(build, file, step)));
}

function layerOf(build: LayerBuild, file: string, step: string | undefined): Layer {
  if (step === undefined) return build.result();
  for (const definition of build.definitions) {
    const op = findStep(definition, step);
    if (op !== undefined) return build.layer(definition, { digest: op.digest, index: 0 });
  }
  throw new CliError(ExitCode.failed, `${file} has no step ${JSON.stringify(step)}`, {
    remedy: 'Name a line, a stage, a part of the step’s name, or its digest.',
  });
}

async function closing(build: LayerBuild, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } finally {
    await build.close();
  }
}
