/** Files and their changes as rows of a variables view. */
import { posix } from 'node:path';
import { changesBetween, type FileChange } from '../engine/files/changes';
import { diffRequest } from '../engine/files/diff-definition';
import { entryText } from '../engine/files/entry-text';
import { type FileEntry, type FileTree, noFiles, resultFiles } from '../engine/files/files';
import { mountTypeName } from '../engine/shell/mount-type';
import { rootOf, type Site } from '../engine/debug/site';
import type { Row } from './references';
import { isUnseen } from './unseen-paths';
import type { ScopeFacts } from './scope-facts';

/** Larger files are opened in part. Bytes. */
const mostText = 4 * 1024 * 1024;

/** A row for each mount, and below it the tree, one level at a time. */
export async function fileRows({ site, rooms, thread }: ScopeFacts): Promise<readonly Row[]> {
  const trees = await rooms.trees(thread, site);
  return trees.map(({ mount, tree }) => ({
    name: mount.dest,
    value: mountText(mount.mountType, mount.readonly),
    path: mount.dest,
    children: () => directoryRows(tree, '/', mount.dest),
  }));
}

function mountText(
  type: Parameters<typeof mountTypeName>[0],
  readonly: boolean | undefined,
): string {
  return `${mountTypeName(type)}${readonly === true ? ', read-only' : ''}`;
}

/** @param at where the tree is mounted */
async function directoryRows(tree: FileTree, path: string, at: string): Promise<readonly Row[]> {
  const entries = await tree.list(path);
  return entries.map((entry) =>
    entryRow(tree, posix.join(path, entry.name), at, entry, entry.name),
  );
}

function entryRow(tree: FileTree, path: string, at: string, entry: FileEntry, name: string): Row {
  return {
    name,
    value: entryText(entry),
    path: posix.join(at, path),
    ...(entry.kind === 'directory' ? { children: () => directoryRows(tree, path, at) } : {}),
    ...(entry.kind === 'file'
      ? {
          text: {
            name: posix.basename(path),
            read: async () => Buffer.from(await tree.read(path, mostText)).toString('utf8'),
          },
        }
      : {}),
  };
}

/**
 * What the step of a site did to the files of its root. Before the step there is nothing to tell,
 * unless it has run already (a step back): its outcome is known then.
 */
export async function changeRows(facts: ScopeFacts): Promise<readonly Row[]> {
  const { build, site, rooms, thread } = facts;
  const { statement } = site;
  if (statement.step === undefined) return [];
  if (site.moment === 'before' && !build.walks.hasRun(statement)) {
    return [{ name: '(not run yet)', value: 'The changes can be seen once the step has run.' }];
  }
  const before: Site = { statement, moment: 'before' };
  const after: Site = site.moment === 'failure' ? site : { statement, moment: 'after' };
  const base = rootOf(before);
  const [old, young, touched] = await Promise.all([
    base === undefined ? noFiles : rooms.root(thread, before),
    rooms.root(thread, after),
    site.moment === 'failure' ? undefined : touchedTree(facts),
  ]);
  const mounts =
    site.moment === 'failure'
      ? (await rooms.trees(thread, site)).map(({ mount }) => mount.dest).filter((at) => at !== '/')
      : [];
  const { changes, isPartial } = await changesBetween(
    old,
    young,
    touched,
    site.moment === 'failure' ? (path) => isUnseen(path, mounts) : undefined,
  );
  const rows = changes.map((change) => changeRow(change, young));
  const more: Row = { name: '…', value: 'There are too many folders to compare them all.' };
  if (rows.length === 0 && !isPartial) return [{ name: '(none)', value: 'No file was changed.' }];
  return isPartial ? [...rows, more] : rows;
}

function changeRow({ path, change, before, after }: FileChange, tree: FileTree): Row {
  if (after === undefined) {
    return {
      name: `− ${path}`,
      value: before === undefined ? '' : entryText(before),
      type: change,
    };
  }
  const row = entryRow(tree, path, '/', after, `${change === 'added' ? '+' : '±'} ${path}`);
  const was = before === undefined ? '' : ` (was ${entryText(before)})`;
  return { ...row, value: `${row.value}${was}`, type: change };
}

/** Only what the step touched, where this BuildKit can say so. */
async function touchedTree({ build, site }: ScopeFacts): Promise<FileTree | undefined> {
  const { job } = build;
  const lower = rootOf({ statement: site.statement, moment: 'before' });
  const upper = rootOf({ statement: site.statement, moment: 'after' });
  if (!job.can('diffop') || lower === undefined || upper === undefined) return undefined;
  const definition = job.definitionOf(upper.digest);
  if (definition === undefined) return undefined;
  const ref = await job.solveDefinition(diffRequest(definition, lower, upper));
  return ref === '' ? undefined : resultFiles(job.gateway, ref);
}
