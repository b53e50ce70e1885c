import type { GraphNode } from '../../../proto/model/build-graph';

/**
 * The platform that a step runs on. BuildKit calls some steps of a stage that builds for another platform
 * `linux/amd64->arm64`, and its other steps, which run on the same one, `linux/amd64`.
 */
export const runsOn = ({ platform }: GraphNode): string | undefined => platform?.split('->')[0];
