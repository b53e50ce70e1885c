/** Changes as a tree of folders, one level at a time, each folder with the count of what is below. */
import { posix } from 'node:path';
import type { FileChange } from './changes';

export type ChangeCounts = {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
};

export type ChangeEntry = {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** Absent for a folder that is only on the way to changes. */
  readonly change?: FileChange;
  /** Changes below it, as far as they are told one by one. */
  readonly below: ChangeCounts;
};

type Node = {
  readonly path: string;
  change?: FileChange;
  readonly children: Map<string, Node>;
  readonly below: { added: number; changed: number; removed: number };
};

export class ChangeTree {
  private readonly root = emptyNode('/');

  constructor(changes: readonly FileChange[]) {
    for (const change of changes) {
      const passed = [this.root];
      let node = this.root;
      for (const name of change.path.split('/').slice(1)) {
        const known = node.children.get(name) ?? emptyNode(posix.join(node.path, name));
        node.children.set(name, known);
        passed.push(known);
        node = known;
      }
      node.change = change;
      for (const folder of passed.slice(0, -1)) folder.below[change.change]++;
    }
  }

  get counts(): ChangeCounts {
    return this.root.below;
  }

  /** What is changed in a folder or below its folders; undefined where nothing is known of it. */
  list(path: string): readonly ChangeEntry[] | undefined {
    const node = this.find(path);
    if (node === undefined) return undefined;
    return [...node.children].map(([name, { path: full, change, below }]) => ({
      name,
      path: full,
      ...(change === undefined ? {} : { change }),
      below,
    }));
  }

  /** The change that a path is part of: its own, or that of an added or removed folder above it. */
  standsFor(path: string): FileChange | undefined {
    for (let at = path; at !== '/'; at = posix.dirname(at)) {
      const change = this.find(at)?.change;
      if (change !== undefined && (at === path || change.change !== 'changed')) return change;
    }
    return undefined;
  }

  private find(path: string): Node | undefined {
    let node: Node | undefined = this.root;
    for (const name of path.split('/')) if (name !== '') node = node?.children.get(name);
    return node;
  }
}

function emptyNode(path: string): Node {
  return { path, children: new Map(), below: { added: 0, changed: 0, removed: 0 } };
}
