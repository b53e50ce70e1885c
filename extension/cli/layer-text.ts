/** What `llb-lens layer inspect` prints for people. */
import type { ImageReport } from '../engine/image-files/image-report';

const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** `12.3 MB`; steps of a thousand, as Docker counts. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** Paths that are named of each list. */
const named = 20;

export function imageText(report: ImageReport): string {
  const { layers, dive, wastedPaths, duplicates } = report;
  const lines = [
    `${report.name}: ${layers.length} layers, ${sizeText(report.size)}, of which ${sizeText(report.visible)} in ${report.files} files can be seen`,
    `measured on: ${origins[report.origin]}`,
    '',
    ...layers.map(
      ({ size, hidden, added, changed, removed, createdBy = '' }, index) =>
        `${String(index + 1).padStart(3)} ${sizeText(size).padStart(9)}  ` +
        `+${added} ±${changed} −${removed}` +
        `${hidden === 0 ? '' : `, ${sizeText(hidden)} hidden later`}  ` +
        createdBy.replace(/\s+/g, ' ').slice(0, 100),
    ),
    '',
    `efficiency ${(dive.efficiency * 100).toFixed(2)} % as dive defines it, which counts ${sizeText(dive.wasted)} as wasted`,
    `wasted ${sizeText(report.wasted)}: overwritten or removed by later layers`,
    ...wastedPaths
      .slice(0, named)
      .map(
        ({ path, bytes, how, by }) =>
          `  ${sizeText(bytes).padStart(9)}  ${path} (${how} by layer ${by + 1})`,
      ),
    `duplicates ${sizeText(report.duplicated)}: equal files under several names`,
    ...duplicates
      .slice(0, named)
      .map(
        ({ bytes, paths }) => `  ${sizeText(bytes).padStart(9)}  ${paths.slice(0, 4).join(', ')}`,
      ),
  ];
  return `${lines.join('\n')}\n`;
}

const origins: Readonly<Record<ImageReport['origin'], string>> = {
  builder: 'the layers that the builder exports',
  docker: 'the layers that the Docker Engine stores',
  registry: 'the layers in the registry',
  archive: 'the layers in the archive',
  files: 'the files as the builder mounts them, all layers together: its store exports none',
  steps:
    'the steps of the build, compared one after the other (no duplicates: contents are not read)',
};
