/**
 * The files of sites, and containers to look into and run commands in.
 *
 * What a result holds is read through the gateway. What only a container can show (a failed step's
 * leavings, cache mounts) is read by programs in one, which stays up until its thread goes on: then
 * commands see what earlier ones have written, and so does the view of the files.
 */
import * as ops from '../../proto/generated/ops';
import { BuildFailure } from '../engine/input/build-input';
import { CommandContainer } from '../engine/shell/command-container';
import { containerFiles, type FileTree, noFiles, resultFiles } from '../engine/files/files';
import { mountsAt, type ShellPlace, shellPlace, type SiteMount } from '../engine/shell/shell-place';
import type { Site } from '../engine/debug/site';
import type { LiveBuild } from './live-build';

type Room = { readonly thread: number; readonly container: Promise<CommandContainer> };

export type MountedTree = { readonly mount: SiteMount; readonly tree: FileTree };

export class FileRooms {
  private readonly rooms = new Map<string, Room>();

  constructor(private readonly build: () => LiveBuild) {}

  /** The trees of a site's mounts, the root first. @throws BuildkitError */
  async trees(thread: number, site: Site): Promise<readonly MountedTree[]> {
    const { job } = this.build();
    const mounts = await mountsAt(job, site);
    return mounts.map((mount) => ({ mount, tree: this.treeOf(thread, site, mount) }));
  }

  /** The root alone. @throws BuildkitError */
  async root(thread: number, site: Site): Promise<FileTree> {
    const [first] = await this.trees(thread, site);
    return first?.tree ?? noFiles;
  }

  /**
   * The container of a site; the same one until its thread goes on, or until something has ended it.
   * @throws BuildFailure, BuildkitError when there cannot be one
   */
  async container(thread: number, site: Site): Promise<CommandContainer> {
    const { statement, moment } = site;
    const key = `${thread}/${statement.track.key}/${statement.index}/${moment}`;
    const known = this.rooms.get(key);
    if (known !== undefined && !(await known.container).isOver) return known.container;
    const container = this.open(site);
    this.rooms.set(key, { thread, container });
    container.catch(() => this.rooms.delete(key));
    return container;
  }

  /** Where commands would run at a site. @throws BuildFailure, BuildkitError */
  async placeOf(site: Site): Promise<{ readonly place: ShellPlace }> {
    const { job, input, toolbox } = this.build();
    return { place: await shellPlace(job, input, site, toolbox) };
  }

  /**
   * Runs a command without leaving a trace: in a container of its own, without a network, and with
   * empty folders where the step has caches.
   */
  async aside(
    site: Site,
    command: string,
  ): Promise<{ readonly printed: string; readonly code: number }> {
    const { job } = this.build();
    const { place } = await this.placeOf(site);
    const mounts = place.mounts.map((mount) =>
      mount.mountType === ops.MountType.CACHE
        ? { dest: mount.dest, mountType: ops.MountType.TMPFS }
        : mount,
    );
    const container = await CommandContainer.open(job.gateway, {
      ...place,
      mounts,
      network: ops.NetMode.NONE,
    });
    try {
      let printed = '';
      const { code, message = '' } = await container.run(
        [...place.shell, '-c', command],
        (_, data) => (printed += Buffer.from(data).toString('utf8')),
      );
      return { printed: printed + message, code };
    } finally {
      await container.close();
    }
  }

  /** Ends the containers of one thread, or all. */
  async close(thread?: number): Promise<void> {
    const ending: Promise<void>[] = [];
    for (const [key, room] of this.rooms) {
      if (thread !== undefined && room.thread !== thread) continue;
      this.rooms.delete(key);
      ending.push(
        room.container.then(
          (container) => container.close(),
          () => undefined,
        ),
      );
    }
    await Promise.all(ending);
  }

  private async open(site: Site): Promise<CommandContainer> {
    const { job, input, toolbox } = this.build();
    return CommandContainer.open(job.gateway, await shellPlace(job, input, site, toolbox));
  }

  private treeOf(thread: number, site: Site, { dest, resultId = '', selector }: SiteMount) {
    const { job } = this.build();
    const known = new Set([...(site.failure?.mountIds ?? []), ...(site.failure?.inputIds ?? [])]);
    if (resultId !== '' && !known.has(resultId)) {
      return resultFiles(job.gateway, resultId, selector === undefined ? '/' : selector || '/');
    }
    if (resultId === '' && dest === '/') return noFiles;
    return below(
      dest,
      containerFiles((args) => this.output(thread, site, args)),
    );
  }

  /** What a shell script prints in the container of a site. */
  private async output(thread: number, site: Site, args: readonly string[]): Promise<Uint8Array> {
    const container = await this.container(thread, site);
    const printed: Uint8Array[] = [];
    let said = '';
    const { code, message } = await container.run(
      [...container.place.shell, ...args],
      (fd, data) => {
        if (fd === 1) printed.push(data);
        else said += Buffer.from(data).toString('utf8');
      },
      { user: '', cwd: '/' },
    );
    if (message !== undefined) throw new BuildFailure(message);
    if (code !== 0 && said !== '') throw new BuildFailure(said.trim());
    return Buffer.concat(printed);
  }
}

/** A tree whose root is a folder of another one. */
function below(folder: string, tree: FileTree): FileTree {
  const inside = (path: string) => (folder === '/' ? path : `${folder}${path}`);
  return {
    list: (path) => tree.list(inside(path)),
    stat: (path) => tree.stat(inside(path)),
    read: (path, limit) => tree.read(inside(path), limit),
  };
}
