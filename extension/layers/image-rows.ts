/** The rows that tell of an image as a whole: efficiency, layers, wasted space, duplicates, config. */
import * as vscode from 'vscode';
import type { ImageReport, LayerReport } from '../engine/image-files/image-report';
import type { ChangesLevel, InspectedImageBody } from '../service/protocol';
import { bytesText } from '../../proto/model/byte-size';
import { type FactRow, type FileRow, nameOf, type Row } from './layer-items';

export type ReadLayer = (layer: number, path: string) => Promise<ChangesLevel>;

const originNames: Readonly<Record<ImageReport['origin'], () => string>> = {
  builder: () => vscode.l10n.t('as the builder exports it'),
  docker: () => vscode.l10n.t('as Docker stores it'),
  registry: () => vscode.l10n.t('as the registry has it'),
  archive: () => vscode.l10n.t('from an archive'),
  steps: () => vscode.l10n.t('steps compared one after the other'),
  files: () => vscode.l10n.t('all layers together: the builder exports none'),
};

/** @param read what a layer did, one level at a time @param files rows of the whole file tree */
export function imageRows(
  { report }: InspectedImageBody,
  read: ReadLayer,
  files: (() => Promise<readonly Row[]>) | undefined,
): readonly Row[] {
  const { layers, wastedPaths, duplicates, config } = report;
  return [
    efficiencyRow(report),
    {
      kind: 'fact',
      id: 'layers',
      label: vscode.l10n.t('Layers'),
      description: `${layers.length} · ${bytesText(report.size)}`,
      icon: 'layers',
      open: true,
      children: () =>
        Promise.resolve(layers.map((layer, index) => layerRow(report, layer, index, read))),
    },
    {
      kind: 'fact',
      id: 'wasted',
      label: vscode.l10n.t('Wasted space'),
      description: bytesText(report.wasted),
      tooltip: vscode.l10n.t(
        'Files of one layer that a later layer overwrites or removes: they take space and nobody can see them.',
      ),
      icon: 'trash',
      ...(wastedPaths.length === 0
        ? {}
        : { children: () => Promise.resolve(wastedPaths.map(wastedRow)) }),
    },
    {
      kind: 'fact',
      id: 'duplicates',
      label: vscode.l10n.t('Duplicates'),
      description: ['steps', 'files'].includes(report.origin)
        ? vscode.l10n.t('not read')
        : bytesText(report.duplicated),
      tooltip: vscode.l10n.t('Files of the same content under several names.'),
      icon: 'files',
      ...(duplicates.length === 0
        ? {}
        : { children: () => Promise.resolve(duplicates.map(duplicateRow)) }),
    },
    ...(Object.keys(config).length === 0
      ? []
      : [
          {
            kind: 'fact' as const,
            id: 'config',
            label: vscode.l10n.t('Config'),
            icon: 'gear',
            children: () =>
              Promise.resolve(
                Object.entries(config).map(([name, value]) =>
                  configRow(`config.${name}`, name, value),
                ),
              ),
          },
        ]),
    ...(files === undefined
      ? []
      : [
          {
            kind: 'fact' as const,
            id: 'files',
            label: vscode.l10n.t('All files'),
            description: `${report.files} · ${bytesText(report.visible)}`,
            icon: 'list-tree',
            children: files,
          },
        ]),
  ];
}

function efficiencyRow({ dive, origin, size }: ImageReport): FactRow {
  return {
    kind: 'fact',
    id: 'efficiency',
    label: vscode.l10n.t('Efficiency {0} %', (dive.efficiency * 100).toFixed(1)),
    description: originNames[origin](),
    tooltip: [
      vscode.l10n.t(
        'As dive defines it: of every path the least size in any layer, over all its sizes in all layers.',
      ),
      vscode.l10n.t('dive counts {0} of {1} as wasted.', bytesText(dive.wasted), bytesText(size)),
    ].join('\n'),
    icon: 'dashboard',
  };
}

function layerRow(
  report: ImageReport,
  layer: LayerReport,
  index: number,
  read: ReadLayer,
): FactRow {
  const counts = [
    vscode.l10n.t('{0} added', layer.added),
    vscode.l10n.t('{0} changed', layer.changed),
    vscode.l10n.t('{0} removed', layer.removed),
  ];
  return {
    kind: 'fact',
    id: `layer.${index}`,
    label: `${index + 1}  ${instruction(layer)}`,
    description: [
      bytesText(layer.size),
      ...(layer.hidden === 0 ? [] : [vscode.l10n.t('{0} hidden later', bytesText(layer.hidden))]),
    ].join(' · '),
    tooltip: [
      layer.createdBy ?? '',
      vscode.l10n.t('Files: {0}, {1} bytes', layer.files, layer.size),
      ...(layer.stored === undefined
        ? []
        : [vscode.l10n.t('Stored or sent: {0}', bytesText(layer.stored))]),
      counts.join(', '),
      ...(layer.digest === undefined ? [] : [layer.digest]),
    ]
      .filter((line) => line !== '')
      .join('\n'),
    icon: layer.hidden * 2 > layer.size ? 'warning' : 'package',
    children: () => changedRows(report, index, '/', read),
  };
}

/** `RUN make`, without what surrounds it in a history. */
function instruction({ createdBy = '', digest = '' }: LayerReport): string {
  const text = createdBy
    .replace(/^mount \/ from exec /, 'RUN ')
    .replace(/^\/bin\/sh -c #\(nop\)\s+/, '')
    .replace(/^(RUN )?\/bin\/sh -c /, 'RUN ')
    .replace(/ # buildkit$/, '')
    .replace(/\s+/g, ' ');
  return text === '' ? digest.slice(0, 19) : text.slice(0, 200);
}

async function changedRows(
  report: ImageReport,
  layer: number,
  path: string,
  read: ReadLayer,
): Promise<readonly Row[]> {
  const { entries } = await read(layer, path);
  return entries.map(({ name, path: full, change, before, after, counts }): FileRow => {
    const isFolder = counts.added + counts.changed + counts.removed > 0;
    return {
      kind: 'file',
      path: full,
      entry: after ??
        before ?? {
          name,
          kind: isFolder ? 'directory' : 'file',
          mode: 0o755,
          size: 0,
          modified: 0,
        },
      ...(change === undefined ? {} : { change }),
      ...(before === undefined ? {} : { before }),
      counts,
      children: () => changedRows(report, layer, full, read),
    };
  });
}

function wastedRow({ path, bytes, how, layers, by }: ImageReport['wastedPaths'][number]): FactRow {
  const where = layers.map((layer) => layer + 1).join(', ');
  return {
    kind: 'fact',
    id: `wasted.${path}`,
    label: path,
    description: [
      bytesText(bytes),
      how === 'removed'
        ? vscode.l10n.t('in layer {0}, removed by {1}', where, by + 1)
        : vscode.l10n.t('in layer {0}, overwritten by {1}', where, by + 1),
    ].join(' · '),
    icon: how === 'removed' ? 'diff-removed' : 'diff-modified',
  };
}

function duplicateRow({ paths, bytes, size }: ImageReport['duplicates'][number]): FactRow {
  const [first = ''] = paths;
  return {
    kind: 'fact',
    id: `duplicate.${first}`,
    label: nameOf(first),
    description: vscode.l10n.t(
      '{0} times {1}, {2} too many',
      paths.length,
      bytesText(size),
      bytesText(bytes),
    ),
    icon: 'copy',
    children: () =>
      Promise.resolve(
        paths.map((path): FactRow => ({
          kind: 'fact',
          id: `duplicate.path.${path}`,
          label: path,
          icon: 'file',
        })),
      ),
  };
}

function configRow(id: string, name: string, value: unknown): FactRow {
  const isList = Array.isArray(value);
  const inside = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const rows = inside.map(([key, one]: [string, unknown]): FactRow => {
    const text = plainText(one);
    return isList && text !== undefined
      ? { kind: 'fact', id: `${id}.${key}`, label: text, icon: 'dash' }
      : configRow(`${id}.${key}`, key, one);
  });
  const text = plainText(value);
  return {
    kind: 'fact',
    id,
    label: name,
    ...(text === undefined ? {} : { description: text }),
    icon: 'symbol-property',
    ...(rows.length === 0 ? {} : { children: () => Promise.resolve(rows) }),
  };
}

/** Undefined for what has parts. */
function plainText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? undefined : JSON.stringify(value);
}
