/**
 * URIs of builds of the history and of the texts that their records carry:
 * `llb-record:/<ref>` and `llb-record:/<ref>/<index>/<name>`. Those of a bundle name its file, too:
 * `…?<path>`.
 */

export const RECORD_SCHEME = 'llb-record';

export type RecordText = {
  readonly ref: string;
  /** Among the sources of the build's graph. */
  readonly index: number;
  /** The file of the bundle that holds the record; undefined for a builder's history. */
  readonly bundle?: string;
};

/** @param filename ends the URI, for the editor to choose a language by */
export function recordTextUri({ ref, index, bundle }: RecordText, filename: string): string {
  const name = encodeURIComponent(filename === '' ? 'Dockerfile' : filename);
  const query = bundle === undefined ? '' : `?${encodeURIComponent(bundle)}`;
  return `${RECORD_SCHEME}:/${encodeURIComponent(ref)}/${index}/${name}${query}`;
}

/** @param uri decoded, as the editor has it */
export function parseRecordText(uri: { path: string; query: string }): RecordText {
  const [, ref = '', index = ''] = uri.path.split('/');
  return { ref, index: Number(index), ...(uri.query !== '' && { bundle: uri.query }) };
}
