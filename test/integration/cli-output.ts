/** What the command line prints as JSON, checked and typed for tests. */
import {
  anything,
  type Decoder,
  list,
  object,
  table,
  text,
  truth,
} from '../../extension/engine/profile/decode';

const opList = list(object({ digest: text }, {}));
const llb = object({ results: list(object({ ops: opList }, {})) }, {});
const derivation = object(
  { ops: opList, outputs: list(object({ path: text, digest: text }, {})), buildable: truth },
  {},
);
const paths = object({ drv: text, outputs: table(text) }, {});

function parsed<T>(decode: Decoder<T>, json: string): T {
  const value: unknown = JSON.parse(json);
  return decode(value, '');
}

/** The digests of `llb --format json`, in definition order. */
export const llbDigests = (json: string): string[] =>
  parsed(llb, json).results.flatMap(({ ops }) => ops.map(({ digest }) => digest));

/** `drv --format json` */
export const derivationReport = (json: string) => parsed(derivation, json);

/** `drv --paths` */
export const derivationPaths = (lines: string) =>
  lines
    .trim()
    .split('\n')
    .map((line) => parsed(paths, line));

/** The list that a report holds under `key`. */
export const listIn = (json: string, key: string): readonly unknown[] =>
  list(anything)(parsed(table(anything), json)[key], key);
