/** Values by absolute path, which go with the folders they are in. */
import { posix } from 'node:path';

export class PathTree<T> {
  private readonly byPath = new Map<string, T>();
  private readonly children = new Map<string, Set<string>>();

  get(path: string): T | undefined {
    return this.byPath.get(path);
  }

  set(path: string, value: T): void {
    const isKnown = this.byPath.has(path);
    this.byPath.set(path, value);
    // Archives may leave out the folders on the way.
    for (let at = path; at !== '/' && !isKnown; at = posix.dirname(at)) {
      const parent = posix.dirname(at);
      const siblings = this.children.get(parent);
      if (siblings?.has(at) === true) break;
      if (siblings === undefined) this.children.set(parent, new Set([at]));
      else siblings.add(at);
    }
  }

  /** Removes one path, not what is below it. */
  delete(path: string): void {
    this.byPath.delete(path);
    this.children.get(posix.dirname(path))?.delete(path);
  }

  /** Removes everything below a path, and gives it back. */
  takeBelow(path: string): T[] {
    const taken: T[] = [];
    for (const child of this.children.get(path) ?? []) {
      for (const one of this.takeBelow(child)) taken.push(one);
      const value = this.byPath.get(child);
      if (value !== undefined) taken.push(value);
      this.byPath.delete(child);
    }
    this.children.delete(path);
    return taken;
  }

  entries(): IterableIterator<[string, T]> {
    return this.byPath.entries();
  }
}
