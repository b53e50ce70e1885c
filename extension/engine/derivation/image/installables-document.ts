/**
 * A file that says what image to make: JSON, where comments may stand, with the names that Nixpkgs'
 * `dockerTools` has for the same things. Its first line may be `# syntax=IMAGE`, which has
 * `docker build` use the frontend.
 */
import { parse, type ParseError } from 'jsonc-parser';
import { jsonFault } from '../../../../language-server/derivation/json-fault';
import { jsonOf } from '../../../../language-server/installables/document-text';
import { BuildFailure } from '../../input/build-input';
import {
  DecodeError,
  list,
  object,
  table,
  text,
  truth,
  whole,
  type Decoder,
} from '../../profile/decode';
import type { ImageConfig } from './image-config';

export type InstallablesDocument = {
  /** `HASH-NAME.drv`, `HASH-NAME.drv^OUTPUT`, or a store path that goes in as it is. */
  readonly installables: readonly string[];
  /** The folder of the context that holds derivations and sources. */
  readonly store: string;
  readonly maxLayers?: number;
  readonly links: boolean;
  readonly copies: boolean;
  readonly config: ImageConfig;
};

const empties = table(object({}, {}));

const config = object(
  {},
  {
    Env: list(text),
    Entrypoint: list(text),
    Cmd: list(text),
    WorkingDir: text,
    User: text,
    Labels: table(text),
    ExposedPorts: empties,
    Volumes: empties,
    StopSignal: text,
  },
);

const document = object(
  { installables: list(text) },
  {
    syntax: text,
    $schema: text,
    store: text,
    maxLayers: whole,
    links: truth,
    copies: truth,
    config,
  },
);

/** @throws BuildFailure with the place and what is wanted there */
export function parseInstallables(source: string, file: string): InstallablesDocument {
  const json = jsonOf(source);
  const errors: ParseError[] = [];
  const value: unknown = parse(json, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined) {
    const line = json.slice(0, error.offset).split('\n').length;
    throw new BuildFailure(`${file}:${line}: ${jsonFault(error)}`);
  }
  const found = decoded(document, value, file);
  const { config: said = {}, maxLayers, links = true, copies = false, store = '.' } = found;
  const image: { -readonly [K in keyof ImageConfig]: ImageConfig[K] } = {};
  if (said.Env !== undefined) image.env = said.Env;
  if (said.Entrypoint !== undefined) image.entrypoint = said.Entrypoint;
  if (said.Cmd !== undefined) image.cmd = said.Cmd;
  if (said.WorkingDir !== undefined) image.workingDir = said.WorkingDir;
  if (said.User !== undefined) image.user = said.User;
  if (said.Labels !== undefined) image.labels = said.Labels;
  if (said.ExposedPorts !== undefined) image.exposedPorts = Object.keys(said.ExposedPorts);
  if (said.Volumes !== undefined) image.volumes = Object.keys(said.Volumes);
  if (said.StopSignal !== undefined) image.stopSignal = said.StopSignal;
  if (maxLayers !== undefined && (maxLayers < 1 || maxLayers > 127)) {
    throw new BuildFailure(`${file}: "maxLayers" must be a number from 1 to 127.`);
  }
  return {
    installables: found.installables,
    store,
    links,
    copies,
    config: image,
    ...(maxLayers === undefined ? {} : { maxLayers }),
  };
}

function decoded<T>(decoder: Decoder<T>, value: unknown, file: string): T {
  try {
    return decoder(value, '');
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new BuildFailure(`${file}: ${error.message}.`);
  }
}
