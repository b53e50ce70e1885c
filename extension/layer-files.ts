/**
 * The files of built steps, read through the builder service: one directory level at a time, each
 * file as a read-only document.
 *
 * A document's URI is `llb-layer:/<key>/<path in the layer>`; the key stands for a step of a build
 * of this window.
 */
import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import type { BuildProfile } from '../proto/messages/build-profile';
import type { LayerEntry } from '../proto/messages/webview';
import type { Digest } from '../proto/model/digest';
import type { BuilderService } from './builder-service';
import { wasBuiltFrom, type Build } from './builds';
import { parseProfile } from './engine/profile/profile';
import { builderFor } from './settings';

export const LAYER_SCHEME = 'llb-layer';

/** A step of a build, as the service is asked about it. */
type Layer = {
  readonly build: Build;
  readonly profile: BuildProfile;
  readonly node: Digest;
  /** The files as they were before the step. */
  readonly before: boolean;
};

const fileTypes: Readonly<Record<LayerEntry['kind'], vscode.FileType>> = {
  directory: vscode.FileType.Directory,
  file: vscode.FileType.File,
  symlink: vscode.FileType.SymbolicLink,
  other: vscode.FileType.Unknown,
};

export class LayerFiles implements vscode.FileSystemProvider {
  private readonly layers = new Map<string, Layer>();
  private readonly changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.changed.event;

  constructor(private readonly service: BuilderService) {}

  /** The entries of one directory of a step's result. Rejects with a message for people. */
  async list(build: Build, node: Digest, path: string): Promise<readonly LayerEntry[]> {
    return this.service.request('layer/readDir', await params(this.layerOf(build, node), path));
  }

  /** What a step did to the files of the state before it. Rejects with a message for people. */
  async changes(build: Build, node: Digest) {
    return this.service.request('layer/changes', await params(this.layerOf(build, node), '/'));
  }

  /** Writes a file of a step's result where the user wants it. */
  async save(build: Build, node: Digest, path: string, target: string): Promise<void> {
    const layer = await params(this.layerOf(build, node), path);
    await this.service.request('layer/save', { ...layer, target });
  }

  /** The URI under which a file of a step's result, or of the state before it, can be opened. */
  uriOf(build: Build, node: Digest, path: string, before = false): vscode.Uri {
    const layer = { ...this.layerOf(build, node), before };
    const name = `${build.buildId}\n${node}\n${before ? 'before' : 'after'}`;
    const key = createHash('sha256').update(name).digest('hex').slice(0, 16);
    this.layers.set(key, layer);
    return vscode.Uri.from({ scheme: LAYER_SCHEME, path: `/${key}${path}` });
  }

  watch(): vscode.Disposable {
    // A layer never changes.
    return new vscode.Disposable(() => undefined);
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { path } = this.split(uri);
    const root = { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
    if (path === '/') return root;
    // Only what is opened beside its later version is asked for as it was.
    if (this.split(uri).layer.before) return { ...root, type: vscode.FileType.File };
    const parent = path.slice(0, path.lastIndexOf('/')) || '/';
    const name = path.slice(path.lastIndexOf('/') + 1);
    const entries = await this.entries(uri, parent);
    const entry = entries.find((one) => one.name === name);
    if (entry === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    return {
      type: entry.kind === 'directory' ? vscode.FileType.Directory : vscode.FileType.File,
      ctime: entry.modified,
      mtime: entry.modified,
      size: entry.size,
      permissions: vscode.FilePermission.Readonly,
    };
  }

  async readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    const entries = await this.entries(uri, this.split(uri).path);
    return entries.map(({ name, kind }) => [name, fileTypes[kind]]);
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const { layer, path } = this.split(uri);
    const method = layer.before ? 'layer/readBefore' : 'layer/readFile';
    const file = await this.service.request(method, await params(layer, path));
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

  private async entries(uri: vscode.Uri, path: string): Promise<readonly LayerEntry[]> {
    return this.service.request('layer/readDir', await params(this.split(uri).layer, path));
  }

  private split(uri: vscode.Uri): { readonly layer: Layer; readonly path: string } {
    const [, key = '', ...names] = uri.path.split('/');
    const layer = this.layers.get(key);
    // A tab that was restored from an earlier window: its build is no longer known.
    if (layer === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    return { layer, path: `/${names.join('/')}` };
  }

  private layerOf(build: Build, node: Digest): Layer {
    return { build, profile: parseProfile(build.session.configuration), node, before: false };
  }
}

async function params({ build, profile, node }: Layer, path: string) {
  const builder = profile.builder ?? builderFor(build.uri);
  return {
    ...(builder === undefined ? {} : { builder }),
    source: { path: build.source.path, text: await builtText(build) },
    profile,
    node,
    path,
  };
}

/** The text of a build that the editor did not have open is still on the disk, or it is gone. */
async function builtText(build: Build): Promise<string> {
  if (build.text !== undefined) return build.text;
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(build.uri));
  if (wasBuiltFrom(build, text)) return text;
  throw new Error(vscode.l10n.t('The file has changed since this build. Build it again.'));
}
