/** All that is known of one operation, for people who want to read it whole. */
import type { OpResult } from '../proto/messages/language-server';
import { opMetadataBody } from '../proto/messages/op-metadata';
import type { Definition, OpMetadata } from '../proto/model/definition';
import type { Digest } from '../proto/model/digest';
import type { Op } from '../proto/model/op';
import { opToProtoJson } from './dockerfile/proto-json';

/** An op, and what its definition says about it. */
export type OpAndMetadata = { readonly op: Op; readonly metadata: OpMetadata | undefined };

/** The op of a definition that has this digest. */
export function withMetadata(
  { ops, metadata }: Definition,
  digest: Digest | undefined,
): OpAndMetadata | undefined {
  const found = ops.find((one) => one.digest === digest);
  if (found === undefined) return undefined;
  return { op: found.op, metadata: found.notes?.metadata ?? metadata.get(found.digest) };
}

/** Protobuf's JSON, indented. */
export const opJson = (op: Op): string => JSON.stringify(opToProtoJson(op), undefined, 2);

/** An op that is not known has no parts. */
export function opResult(found: OpAndMetadata | undefined): OpResult {
  if (found === undefined) return {};
  const { op, metadata } = found;
  return {
    json: opJson(op),
    ...(metadata === undefined ? {} : { metadata: opMetadataBody(metadata) }),
  };
}
