/**
 * Reads compile options as JSON spells them: the keys of the frontend's `options.json`. Unknown
 * keys are left out; a known one of the wrong type is named.
 */
import type { BatchOptions, FrontendInput, SourceMetadata } from '../../language-server/dockerfile';
import {
  anything,
  DecodeError,
  type Decoder,
  either,
  list,
  object,
  oneOf,
  table,
  text,
  truth,
  whole,
} from '../engine/profile/decode';
import { CliError, ExitCode } from './exit-code';

const frontendInput: Decoder<FrontendInput> = object(
  { image: text },
  { run: list(text), config: anything },
);

const sourceMetadata: Decoder<SourceMetadata> = object(
  {},
  { httpLastModified: whole, gitCommitTime: whole, tarMtimes: list(whole) },
);

const decode: Decoder<BatchOptions> = object(
  {},
  {
    channel: oneOf('mainline', 'labs'),
    filename: text,
    target: text,
    buildArgs: table(text),
    labels: table(text),
    platforms: list(text),
    buildPlatforms: list(text),
    contexts: table(text),
    contextUrl: text,
    contextSubdir: text,
    contextArchive: truth,
    shmSize: whole,
    ulimits: list(text),
    extraHosts: list(text),
    networkMode: text,
    cgroupParent: text,
    hostname: text,
    noCache: either(list(text), truth),
    multiPlatform: truth,
    imageResolveMode: text,
    resources: table(text),
    dockerignore: text,
    dockerfileIgnore: text,
    localIgnore: table(text),
    inputs: table(frontendInput),
    sourceMeta: table(sourceMetadata),
    session: text,
    disableCaps: list(text),
    frontendOpts: table(text),
    noForward: truth,
    images: table(anything),
    missingImages: list(text),
  },
);

/** @throws CliError (usage) that names what is wrong */
export function frontendOptions(value: unknown): BatchOptions {
  try {
    return decode(value, '');
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new CliError(ExitCode.usage, `The options: ${error.message}.`);
  }
}
