/**
 * Exporters as a `Control.Solve` carries them. BuildKit before 0.13 reads one, in fields of its own,
 * and ignores the list of the newer ones, so that a build would succeed and export nothing; those
 * look at the old fields only where there is no list.
 */
import type { SolveRequest } from '../../../proto/generated/control';
import type { Init } from '../../../proto/wire/message';

export type Exporter = {
  readonly type: string;
  readonly attributes: Readonly<Record<string, string>>;
};

export type ExporterFields = Pick<
  Init<SolveRequest>,
  'exporters' | 'exporterDeprecated' | 'exporterAttrsDeprecated'
>;

/** What asks a builder of any release for these; of several, an old one makes the first only. */
export function exporterFields(exporters: readonly Exporter[]): ExporterFields {
  const all = exporters.map(({ type, attributes }) => ({
    type,
    attrs: new Map(Object.entries(attributes)),
  }));
  const [first] = all;
  if (first === undefined) return {};
  return { exporters: all, exporterDeprecated: first.type, exporterAttrsDeprecated: first.attrs };
}

/** Why a builder cannot make all exports of a request. @param caps of LLB */
export function unmetExporters(
  { exporters = [] }: ExporterFields,
  caps: ReadonlySet<string>,
): string | undefined {
  if (exporters.length < 2 || caps.has('exporter.multiple')) return undefined;
  return (
    `The builder makes one output a build, and this one asks for ${exporters.length}. ` +
    'Update it to BuildKit 0.13 (Docker 26), or ask for one.'
  );
}
