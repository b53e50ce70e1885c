/** A conversion's outcome for one platform: the definition, where its ops come from, the image config. */
import type { Digest } from '../../../proto/model/digest';
import type { Platform } from '../../../proto/model/op';
import { marshalGraph, type MarshalledGraph, type MarshalOptions } from '../llb/marshal-graph';
import type { Origins } from '../llb/origin-table';
import { defaultPlatform, formatPlatformAll, normalizePlatform } from '../names/platform';
import type { SyntaxTree } from '../parser/syntax-tree';
import type { Converted } from './conversion';
import { because } from './failure';
import { fieldOrder } from './frontend-features';
import { checkTimes, imageConfigBytes, type ImageConfig } from './image-config';
import { dockerfileInfo } from './main-context';
import type { Session } from './request';
import type { OpOrigin, PlatformResult } from './result';
import { UncertainOps } from './uncertain-ops';

export function platformResult(
  { tree, context, config }: Session,
  { target, targetPlatform, memo, unsupported }: Converted,
  requested: Platform | undefined,
): PlatformResult {
  const linesOf = linesIn(tree, memo.marshalled.layout);
  let graph: MarshalledGraph;
  try {
    graph = marshalGraph(target.state.output, {
      platform: targetPlatform,
      supports: config.supports,
      order: fieldOrder(config.options.frontendRelease),
      source: () => dockerfileInfo(context, tree.text),
      linesOf,
      layout: tree.layout,
      version: memo.steps.version,
      memo: memo.marshalled,
    });
  } catch (error) {
    throw because('failed to marshal LLB definition', error);
  }
  const image = { ...target.image, history: target.history };
  checkImage(image);
  const { sshHostKeys } = config.options;
  const uncertain = new UncertainOps(
    graph,
    (host) => sshHostKeys?.[host] !== undefined,
    unsupported.length > 0,
  );
  let origins: PlatformResult['origins'] | undefined;
  let imageConfig: Uint8Array | undefined;
  // Without a request BuildKit names the result by the platform that it runs on itself.
  const named = normalizePlatform(requested ?? defaultPlatform);
  return {
    id: config.multiPlatform ? formatPlatformAll(named) : '',
    requested: named,
    platform: normalizePlatform(targetPlatform),
    definition: graph.definition,
    // Worked out when they are asked for: an editor asks for neither after each keystroke.
    get origins() {
      return (origins ??= originsOf(tree, graph.origins, uncertain));
    },
    contents: graph.origins,
    uncertain,
    get imageConfigBytes() {
      return (imageConfig ??= imageConfigBytes(image));
    },
    ...(target.baseImage && { baseImageConfigBytes: imageConfigBytes(target.baseImage) }),
    ...(target.epoch !== undefined && { epoch: target.epoch }),
  };
}

/**
 * Where instructions stand.
 * @param known the layout whose places are known already: only a few more are asked for then
 */
function linesIn(
  { instructions, layout }: SyntaxTree,
  known: object | undefined,
): NonNullable<MarshalOptions['linesOf']> {
  if (known === layout) {
    return (wanted) => instructions.find(({ content }) => content === wanted)?.lines;
  }
  const places = new Map(instructions.map((node) => [node.content, node]));
  return (wanted) => places.get(wanted)?.lines;
}

/** @throws BuildFailure for a time that JSON cannot hold. */
function checkImage(image: ImageConfig): void {
  try {
    checkTimes(image);
  } catch (error) {
    throw because('failed to marshal image config', error);
  }
}

function originsOf(
  tree: SyntaxTree,
  origins: Origins,
  uncertain: UncertainOps,
): ReadonlyMap<Digest, OpOrigin> {
  const places = new Map(tree.instructions.map(({ content }, index) => [content, index]));
  return new Map(
    [...origins].map(([digest, { stage, instruction: content }]) => {
      const instruction = content && places.get(content);
      const node = instruction === undefined ? undefined : tree.instructions[instruction];
      return [
        digest,
        {
          ...(stage && { group: stage }),
          ...(instruction !== undefined && node && { instruction, span: node.span }),
          uncertain: uncertain.has(digest),
        },
      ];
    }),
  );
}
