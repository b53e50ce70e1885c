/**
 * The files of built steps and of images, read through the builder service: one directory level at a
 * time, each file as a read-only document.
 *
 * A document's URI is `llb-layer:/<key>/<path in the layer>`; the key stands for a layer that this
 * window has asked for.
 */
import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import type { LayerEntry } from '../proto/messages/webview';
import type { GraphNode } from '../proto/model/build-graph';
import type { Digest } from '../proto/model/digest';
import type { BuilderService } from './builder-service';
import { wasBuiltFrom, type Build } from './builds';
import { parseProfile } from './engine/profile/profile';
import type { LayerPlace } from './service/protocol';
import { builderFor } from './settings';

export const LAYER_SCHEME = 'llb-layer';

/** A step of a build that somebody looks at. */
export type BuiltStep = { readonly build: Build; readonly node: GraphNode };

/** A layer that is known by its key; a step's text is looked up when it is first needed. */
type KnownLayer = { readonly place: () => Promise<LayerPlace>; readonly before: boolean };

const fileTypes: Readonly<Record<LayerEntry['kind'], vscode.FileType>> = {
  directory: vscode.FileType.Directory,
  file: vscode.FileType.File,
  symlink: vscode.FileType.SymbolicLink | vscode.FileType.File,
  other: vscode.FileType.Unknown,
};

export class LayerFiles implements vscode.FileSystemProvider, vscode.Disposable {
  private readonly layers = new Map<string, KnownLayer>();
  private readonly changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  private readonly selected = new vscode.EventEmitter<BuiltStep>();
  readonly onDidChangeFile = this.changed.event;
  /** A built step was selected in a graph. */
  readonly onDidSelect = this.selected.event;

  constructor(private readonly service: BuilderService) {}

  dispose(): void {
    this.changed.dispose();
    this.selected.dispose();
  }

  /** The selection of a graph is a step that was built. */
  select(step: BuiltStep): void {
    this.selected.fire(step);
  }

  /** The entries of one directory of a step's result. Rejects with a message for people. */
  async list(build: Build, node: Digest, path: string): Promise<readonly LayerEntry[]> {
    return this.service.request('layer/readDir', { layer: await placeOf(build, node), path });
  }

  /** What a step did to the files of the state before it. Rejects with a message for people. */
  async changes(build: Build, node: Digest) {
    return this.service.request('layer/changes', { layer: await placeOf(build, node) });
  }

  /** Writes a file of a step's result where the user wants it. */
  async save(build: Build, node: Digest, path: string, target: string): Promise<void> {
    const layer = await placeOf(build, node);
    await this.service.request('layer/save', { layer, path, target });
  }

  /** The URI under which a file of a step's result, or of the state before it, can be opened. */
  uriOf(build: Build, node: Digest, path: string, before = false): vscode.Uri {
    const name = `${build.buildId}\n${node}\n${before ? 'before' : 'after'}`;
    return this.known(name, path, { place: () => placeOf(build, node, before), before });
  }

  /** The URI under which a file of a layer can be opened. */
  uriIn(place: LayerPlace, path: string): vscode.Uri {
    const before = place.kind === 'step' && place.before === true;
    return this.known(JSON.stringify(place), path, {
      place: () => Promise.resolve(place),
      before,
    });
  }

  watch(): vscode.Disposable {
    // A layer never changes.
    return new vscode.Disposable(() => undefined);
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { layer, path } = this.split(uri);
    const root = { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
    if (path === '/') return root;
    const entry = await this.service.request('layer/stat', { layer: await layer.place(), path });
    // What is opened beside its later version may not have been there: then it is empty.
    if (entry === null && layer.before) return { ...root, type: vscode.FileType.File };
    if (entry === null) throw vscode.FileSystemError.FileNotFound(uri);
    return {
      type: fileTypes[entry.kind],
      ctime: entry.modified,
      mtime: entry.modified,
      size: entry.size,
      permissions: vscode.FilePermission.Readonly,
    };
  }

  async readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    const { layer, path } = this.split(uri);
    const place = await layer.place();
    const entries = await this.service.request('layer/readDir', { layer: place, path });
    return entries.map(({ name, kind }) => [name, fileTypes[kind]]);
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const { layer, path } = this.split(uri);
    const place = await layer.place();
    const file = await this.service.request('layer/readFile', { layer: place, path });
    return Buffer.from(file.data, 'base64');
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }
  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }
  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }
  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  private known(name: string, path: string, layer: KnownLayer): vscode.Uri {
    const key = createHash('sha256').update(name).digest('hex').slice(0, 16);
    if (!this.layers.has(key)) this.layers.set(key, layer);
    return vscode.Uri.from({ scheme: LAYER_SCHEME, path: `/${key}${path}` });
  }

  private split(uri: vscode.Uri): { readonly layer: KnownLayer; readonly path: string } {
    const [, key = '', ...names] = uri.path.split('/');
    const layer = this.layers.get(key);
    // A tab that was restored from an earlier window: its build is no longer known.
    if (layer === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    return { layer, path: `/${names.join('/')}` };
  }
}

/** A step as the service is asked about it. Rejects when its text is gone. */
export async function placeOf(
  build: Build,
  node: Digest,
  before = false,
): Promise<Extract<LayerPlace, { kind: 'step' }>> {
  const profile = parseProfile(build.session.configuration);
  const builder = profile.builder ?? builderFor(build.uri);
  return {
    kind: 'step',
    ...(builder === undefined ? {} : { builder }),
    source: { path: build.source.path, text: await builtText(build) },
    profile,
    node,
    ...(before ? { before } : {}),
  };
}

/** The text of a build that the editor did not have open is still on the disk, or it is gone. */
async function builtText(build: Build): Promise<string> {
  if (build.text !== undefined) return build.text;
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(build.uri));
  if (wasBuiltFrom(build, text)) return text;
  throw new Error(vscode.l10n.t('The file has changed since this build. Build it again.'));
}
