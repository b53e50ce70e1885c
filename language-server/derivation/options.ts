/**
 * What a derivation asks of Nix besides its builder: checks of its outputs, features of the machine,
 * variables from outside, graphs of its inputs. With structured attributes these lie in the JSON,
 * else in variables.
 */
import { byteStringOfText, type ByteString } from './byte-string';
import { environmentValue, type Derivation } from './derivation';
import {
  isArray,
  isNumber,
  isObject,
  parseAttributes,
  type Attributes,
  type JsonValue,
} from './sandbox/structured-attributes';
import { parseStorePath } from './store-path';

/** The limits of one output. Words are store paths or names of outputs; undefined: no limit. */
export type OutputCheck = {
  readonly allowedReferences?: readonly ByteString[];
  readonly disallowedReferences?: readonly ByteString[];
  readonly allowedRequisites?: readonly ByteString[];
  readonly disallowedRequisites?: readonly ByteString[];
  /** Bytes of the output as an archive. */
  readonly maxSize?: number;
  /** Bytes of the output and all that it needs. */
  readonly maxClosureSize?: number;
  /** Whether an output counts among its own requisites. */
  readonly ignoreSelf: boolean;
};

export type ExportedGraph = { readonly name: ByteString; readonly paths: readonly ByteString[] };

export type DerivationOptions = {
  /** Present when the derivation has structured attributes. */
  readonly attributes?: Attributes;
  /** By output; those without limits are not there. */
  readonly checks: ReadonlyMap<ByteString, OutputCheck>;
  readonly features: readonly ByteString[];
  readonly impureVariables: readonly ByteString[];
  readonly graphs: readonly ExportedGraph[];
  /** Outputs whose references Nix does not record. */
  readonly discardsReferences: ReadonlySet<ByteString>;
  /** Paths of the machine that the builder wants to see. */
  readonly hostPaths: readonly ByteString[];
  /** Asks to be built outside the sandbox. */
  readonly outsideSandbox: boolean;
};

const LISTS = [
  'allowedReferences',
  'disallowedReferences',
  'allowedRequisites',
  'disallowedRequisites',
] as const;

/** Words of a variable that holds a list, as Nix splits them. */
export function words(value: ByteString | undefined): ByteString[] {
  if (value === undefined) return [];
  return value.split(/[ \t\n\r]+/).filter((word) => word !== '');
}

const known = new WeakMap<Derivation, DerivationOptions>();

/** Reads the options; what is malformed is left out (Nix refuses such derivations when it makes them). */
export function optionsOf(derivation: Derivation): DerivationOptions {
  const options = known.get(derivation) ?? readOptions(derivation);
  known.set(derivation, options);
  return options;
}

function readOptions(derivation: Derivation): DerivationOptions {
  const json = environmentValue(derivation, '__json');
  const attributes = json === undefined ? undefined : parseAttributes(json);
  return attributes === undefined ? plainOptions(derivation) : structuredOptions(attributes);
}

/** The variables that {@link plainOptions} reads. */
const OPTION_NAMES: ReadonlySet<ByteString> = new Set([
  ...LISTS,
  'exportReferencesGraph',
  'requiredSystemFeatures',
  'impureEnvVars',
  '__impureHostDeps',
  '__noChroot',
]);

function plainOptions({ env, outputs }: Derivation): DerivationOptions {
  const given = new Map<ByteString, ByteString>();
  for (const { name, value } of env) {
    if (OPTION_NAMES.has(name) && !given.has(name)) given.set(name, value);
  }
  const list = (name: ByteString): ByteString[] => words(given.get(name));
  const check: { -readonly [K in keyof OutputCheck]: OutputCheck[K] } = { ignoreSelf: true };
  for (const name of LISTS) if (given.has(name)) check[name] = list(name);
  const limited = Object.keys(check).length > 1;
  const pairs = list('exportReferencesGraph');
  return {
    checks: limited
      ? new Map(outputs.map(({ name }) => [name, check]))
      : new Map<ByteString, OutputCheck>(),
    features: list('requiredSystemFeatures'),
    impureVariables: list('impureEnvVars'),
    graphs: pairs.flatMap((name, at) =>
      at % 2 === 0 ? [{ name, paths: pairs.slice(at + 1, at + 2) }] : [],
    ),
    discardsReferences: new Set(),
    hostPaths: list('__impureHostDeps'),
    outsideSandbox: given.get('__noChroot') === '1',
  };
}

function structuredOptions(attributes: Attributes): DerivationOptions {
  const checks = attributes.get('outputChecks');
  const graphs = attributes.get('exportReferencesGraph');
  const discards = attributes.get('unsafeDiscardReferences');
  return {
    attributes,
    checks: new Map(
      entriesOf(checks).map(([name, limits]) => [byteStringOfText(name), outputCheck(limits)]),
    ),
    features: strings(attributes.get('requiredSystemFeatures')) ?? [],
    impureVariables: strings(attributes.get('impureEnvVars')) ?? [],
    graphs: entriesOf(graphs).map(([name, paths]) => ({
      name: byteStringOfText(name),
      paths: allStrings(paths),
    })),
    discardsReferences: new Set(
      entriesOf(discards).flatMap(([name, on]) => (on === true ? [byteStringOfText(name)] : [])),
    ),
    hostPaths: strings(attributes.get('__impureHostDeps')) ?? [],
    outsideSandbox: attributes.get('__noChroot') === true,
  };
}

function outputCheck(limits: JsonValue): OutputCheck {
  const check: { -readonly [K in keyof OutputCheck]: OutputCheck[K] } = { ignoreSelf: false };
  const entries = new Map(entriesOf(limits));
  for (const name of LISTS) {
    const list = strings(entries.get(name));
    if (list !== undefined) check[name] = list;
  }
  for (const name of ['maxSize', 'maxClosureSize'] as const) {
    const value = entries.get(name);
    if (value !== undefined && isNumber(value)) check[name] = Number(value.digits);
  }
  // The manual knows `ignoreSelfRefs`; Nix 2.34 does not read it.
  return check;
}

function entriesOf(value: JsonValue | undefined): (readonly [string, JsonValue])[] {
  return value !== undefined && isObject(value) ? [...value.entries] : [];
}

/** A list of strings, or one string as a list of one. */
function strings(value: JsonValue | undefined): ByteString[] | undefined {
  if (typeof value === 'string') return [byteStringOfText(value)];
  if (value === undefined || value === null || typeof value !== 'object' || !isArray(value)) {
    return undefined;
  }
  return value.flatMap((each) => (typeof each === 'string' ? [byteStringOfText(each)] : []));
}

/** The strings of a list and of the lists in it, however deep. */
function allStrings(value: JsonValue): ByteString[] {
  if (value !== null && typeof value === 'object' && isArray(value)) {
    return value.flatMap(allStrings);
  }
  return strings(value) ?? [];
}

/** The store path a word of a check means: itself, or that of the output so named. */
export function referenceOf(derivation: Derivation, word: ByteString): ByteString | undefined {
  if (parseStorePath(word) !== undefined) return word;
  return derivation.outputs.find((output) => output.name === word)?.path;
}
