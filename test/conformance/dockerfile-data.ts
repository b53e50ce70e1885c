/** The conformance data beside the repository: cases and mutations, with BuildKit's own answers. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { BatchCase, BatchResult, ImageTable } from '../../language-server/dockerfile';
import { isRecord, list, record, text } from './json';

const root = join(import.meta.dirname, '../../../shared/conformance/dockerfile');

export const available = existsSync(root);

export type GoldenResult = {
  readonly id: string;
  readonly digests: readonly string[];
  /** Undefined where only digests were recorded. */
  readonly contents: readonly unknown[] | undefined;
  readonly imageConfigDigest: string;
};

/** BuildKit's answer, in the shape of ours. */
export type Golden = {
  readonly results: readonly GoldenResult[];
  readonly error: BatchResult['error'];
  readonly warnings: readonly string[];
  readonly lint: readonly string[];
  readonly lintError: string | null;
  /** Undefined where BuildKit itself crashes or answers differently from run to run. */
  readonly outline: unknown;
  readonly targets: unknown;
  /** Undefined where they were not recorded; the order of the first two is left to chance. */
  readonly resolves: readonly unknown[] | undefined;
  readonly loads: readonly unknown[] | undefined;
  readonly exportPlatforms: unknown;
};

export type Example = {
  readonly input: BatchCase;
  /** Any of these is right. */
  readonly goldens: readonly Golden[];
};

export function images(): ImageTable {
  return record(parse(readFileSync(join(root, 'images.json'), 'utf8')));
}

export function caseNames(): string[] {
  return available ? readdirSync(join(root, 'cases')) : [];
}

export function readCase(name: string): Example {
  const folder = join(root, 'cases', name);
  const optionsFile = join(folder, 'options.json');
  const options = existsSync(optionsFile) ? record(parse(readFileSync(optionsFile, 'utf8'))) : {};
  const golden = record(parse(readFileSync(join(folder, 'golden.json'), 'utf8')));
  const dockerfile = new Uint8Array(readFileSync(join(folder, 'Dockerfile')));
  return { input: { name, dockerfile, options }, goldens: goldensOf(golden) };
}

export function mutants(): Example[] {
  const inputs = jsonLines('mutants-2000.jsonl.gz');
  const outputs = jsonLines('mutants-2000.out.jsonl.gz');
  return inputs.map((input, index) => ({
    input: {
      name: text(input['id']),
      dockerfile: new Uint8Array(Buffer.from(text(input['dockerfileBase64']), 'base64')),
      options: record(input['options']),
    },
    goldens: goldensOf(outputs[index] ?? {}),
  }));
}

function jsonLines(file: string): Readonly<Record<string, unknown>>[] {
  const content = gunzipSync(readFileSync(join(root, file))).toString('utf8');
  return content
    .trim()
    .split('\n')
    .map((line) => record(parse(line)));
}

function parse(json: string): unknown {
  return JSON.parse(json);
}

function goldensOf(golden: Readonly<Record<string, unknown>>): Golden[] {
  const alternatives = (key: string): unknown[] => [
    golden[key],
    ...list(golden[`${key}Alternatives`]),
  ];
  const stable = (key: string): unknown =>
    golden[`${key}Alternatives`] === undefined ? answer(golden[key]) : undefined;
  return alternatives('build').flatMap((build) =>
    alternatives('lint').map((lint) => ({
      ...buildOf(record(build)),
      ...lintOf(record(lint)),
      outline: stable('outline'),
      targets: stable('targets'),
    })),
  );
}

function buildOf(
  build: Readonly<Record<string, unknown>>,
): Omit<Golden, 'lint' | 'lintError' | 'outline' | 'targets'> {
  const { error } = build;
  return {
    results: list(build['results']).map((item) => {
      const result = record(item);
      const ops = list(result['ops']);
      const contents = ops.filter((op) => isRecord(op) && 'op' in op);
      return {
        id: text(result['id']),
        digests: ops.map((op) => (isRecord(op) ? text(op['digest']) : text(op))),
        contents: contents.length === ops.length ? contents : undefined,
        imageConfigDigest: text(result['imageConfigDigest']),
      };
    }),
    error: isRecord(error)
      ? { message: text(error['message']), locations: list(error['locations']).map(text) }
      : null,
    warnings: list(build['warnings']).map((item) => {
      const warning = record(item);
      return `${text(warning['message'])} @ ${text(warning['ranges'])}`;
    }),
    resolves: build['resolves'] === undefined ? undefined : list(build['resolves']),
    loads: build['loads'] === undefined ? undefined : list(build['loads']),
    exportPlatforms: build['exportPlatforms'],
  };
}

function lintOf(lint: Readonly<Record<string, unknown>>): Pick<Golden, 'lint' | 'lintError'> {
  const { buildError } = lint;
  return {
    lint: list(lint['warnings']).map((item) => {
      const warning = record(item);
      const place = text(warning['location']);
      return `${text(warning['ruleName'])}: ${text(warning['detail'])} @ ${place}`;
    }),
    lintError: isRecord(buildError)
      ? `${text(buildError['message'])} @ ${text(buildError['location'])}`
      : null,
  };
}

/** A crash of BuildKit is no answer. */
function answer(value: unknown): unknown {
  return isRecord(value) && value['panic'] !== undefined ? undefined : value;
}
