/** An operation as people read all of it: protobuf's JSON, indented. */
import type { Op } from '../proto/model/op';
import { opToProtoJson } from './dockerfile/proto-json';

export const opJson = (op: Op): string => JSON.stringify(opToProtoJson(op), undefined, 2);
