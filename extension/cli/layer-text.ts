/** What `llb-lens layer inspect` prints for people. */
import { bytesText } from '../../proto/model/byte-size';
import type { ImageReport } from '../engine/image-files/image-report';

/** Paths that are named of each list. */
const named = 20;

export function imageText(report: ImageReport): string {
  const { layers, dive, wastedPaths, duplicates } = report;
  const lines = [
    `${report.name}: ${layers.length} layers, ${bytesText(report.size)}, of which ${bytesText(report.visible)} in ${report.files} files can be seen`,
    `measured on: ${origins[report.origin]}`,
    '',
    ...layers.map(
      ({ size, hidden, added, changed, removed, createdBy = '' }, index) =>
        `${String(index + 1).padStart(3)} ${bytesText(size).padStart(9)}  ` +
        `+${added} ±${changed} −${removed}` +
        `${hidden === 0 ? '' : `, ${bytesText(hidden)} hidden later`}  ` +
        createdBy.replace(/\s+/g, ' ').slice(0, 100),
    ),
    '',
    `efficiency ${(dive.efficiency * 100).toFixed(2)} % as dive defines it, which counts ${bytesText(dive.wasted)} as wasted`,
    `wasted ${bytesText(report.wasted)}: overwritten or removed by later layers`,
    ...wastedPaths
      .slice(0, named)
      .map(
        ({ path, bytes, how, by }) =>
          `  ${bytesText(bytes).padStart(9)}  ${path} (${how} by layer ${by + 1})`,
      ),
    `duplicates ${bytesText(report.duplicated)}: equal files under several names`,
    ...duplicates
      .slice(0, named)
      .map(
        ({ bytes, paths }) => `  ${bytesText(bytes).padStart(9)}  ${paths.slice(0, 4).join(', ')}`,
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
