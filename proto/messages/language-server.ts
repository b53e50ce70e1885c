/** What our language server says beyond LSP: the graph request and its patches. */
import type { BuildGraph, GraphPatch } from '../model/build-graph';
import type { BuildProfile } from './build-profile';

export const GraphRequest = 'llb/graph';
export const GraphPatchNotification = 'llb/graphPatch';

export type GraphRequestParams = { readonly uri: string; readonly profile?: BuildProfile };
export type GraphResult = {
  readonly documentVersion: number;
  readonly graphVersion: number;
  readonly graph: BuildGraph;
};

/** Sent to a client that asked for the graph of `uri`; one that misses `base` asks again. */
export type GraphPatchParams = {
  readonly uri: string;
  readonly documentVersion: number;
  readonly base: number;
  readonly graphVersion: number;
  readonly patch: GraphPatch;
};
