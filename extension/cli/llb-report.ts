/** What `llb-lens llb --format json` prints: a build's results as the conformance data spells them. */
import { createHash } from 'node:crypto';
import {
  type CompileResult,
  definitionJson,
  errorOf,
  type PlatformResult,
  requestsOf,
  warningOf,
} from '../../language-server/dockerfile';
import type { SourceInfo } from '../../proto/model/definition';
import { digestOf } from '../../proto/model/digest';

export function llbReport(result: CompileResult): unknown {
  const { results, error, warnings, unsupported, forward } = result;
  return {
    results: results.map(platformReport),
    error: error === undefined ? null : errorOf(error),
    warnings: warnings.map(warningOf),
    ...(forward !== undefined && { forwards: [{ source: forward.ref, cmdline: forward.cmdline }] }),
    ...requestsOf(result),
    ...(unsupported.length > 0 && { unsupported }),
  };
}

function platformReport(result: PlatformResult): unknown {
  const { id, definition, imageConfigBytes, baseImageConfigBytes, epoch } = result;
  const digests = definition.ops.map(({ digest }) => digest);
  return {
    id,
    ops: definitionJson(definition),
    opsDigest: createHash('sha256').update(digests.join('')).digest('hex'),
    sourceInfos: definition.sources.map(sourceReport),
    imageConfig: configValue(imageConfigBytes),
    imageConfigDigest: digestOf(imageConfigBytes),
    ...(baseImageConfigBytes !== undefined && {
      baseImageConfigDigest: digestOf(baseImageConfigBytes),
    }),
    ...(epoch !== undefined && { epoch: Number(epoch) }),
  };
}

function sourceReport({ filename, language, data, definition }: SourceInfo): unknown {
  return {
    filename,
    language,
    dataSha256: digestOf(data),
    ...(definition !== undefined && { definition: definition.ops.map(({ digest }) => digest) }),
  };
}

function configValue(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}
