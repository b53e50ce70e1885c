/** Base images: resolve them, and run the triggers that they bring. */
import type { Platform } from '../../../proto/model/op';
import type { Command } from '../instructions/command';
import { parseInstruction } from '../instructions/parse';
import { rules } from '../lint/rules';
import { imageSource } from '../llb/source';
import { newState } from '../llb/state';
import {
  formatReference,
  parseNormalized,
  withDefaultTag,
  withDigest,
  type ImageReference,
} from '../names/image-reference';
import { formatPlatformAll, normalizePlatform } from '../names/platform';
import { parse } from '../parser/parse';
import { standingAt } from '../parser/placed-instruction';
import { quote } from '../text/go';
import { withSuggestion } from '../text/suggest';
import { emptyEnvironment } from '../words/environment';
import { originOf, type Conversion } from './conversion';
import { asFailure, at, because, BuildFailure, onlyAt } from './failure';
import { metadataLogName } from './image-resolver';
import { emptyImage, imagePlatform, withoutTime, type ImageConfig } from './image-config';
import { findNamedContext, type LoadedContext } from './named-context';
import { linkCommand } from './stage-graph';
import type { StageBeginning, StageState } from './stage-state';
import { stepName } from './vertex-names';

/**
 * Resolves everything that the target needs, again while triggers bring new images.
 * @throws BuildFailure
 */
export async function resolveStages(
  conversion: Conversion,
  target: StageState,
): Promise<ReadonlySet<StageState>> {
  for (;;) {
    const reachable = await resolveReachable(conversion, target);
    let newSources = false;
    for (const stage of conversion.stages.all.filter((candidate) => reachable.has(candidate))) {
      stage.inherit();
      const triggers = [...stage.image.onBuild, ...inheritedTriggers(stage)];
      if (triggers.length === 0) continue;
      try {
        if (addTriggers(conversion, stage, triggers)) newSources = true;
      } catch (error) {
        conversion.failures.meet(onlyAt(error, stage.lines, stage.source.from?.node.span));
      }
      stage.setImage({ onBuild: [] });
    }
    if (!newSources) return reachable;
  }
}

/** ONBUILD instructions of the stage below, once. */
function inheritedTriggers(stage: StageState): string[] {
  if (stage.base === undefined || stage.onBuildInitialised) return [];
  stage.onBuildInitialised = true;
  return stage.base.commands.flatMap(({ command }) =>
    command.type === 'onbuild' ? [command.expression] : [],
  );
}

function addTriggers(
  conversion: Conversion,
  stage: StageState,
  triggers: readonly string[],
): boolean {
  const commands = triggers.map((trigger) =>
    linkCommand(conversion, stage, parseTrigger(trigger, stage), true),
  );
  stage.commands = [...commands, ...stage.commands];
  stage.commandTotal += commands.length;
  return commands.some(({ sources }) => sources.length > 0);
}

function parseTrigger(text: string, stage: StageState): Command {
  const tree = parse(text);
  const [problem] = tree.problems;
  if (problem !== undefined) throw new BuildFailure(problem.message);
  const [node, ...others] = tree.instructions;
  if (node === undefined || others.length > 0) {
    throw new BuildFailure('onbuild trigger should be a single expression');
  }
  // A trigger stands where the FROM stands that brings it.
  const lines = stage.lines ?? { first: 0, last: 0 };
  const span = stage.source.from?.node.keywordSpan ?? { start: 0, end: 0 };
  const command = {
    ...parseInstruction(node),
    lines,
    place: stage.source.place,
    node: standingAt(node, lines, span),
  };
  if (command.type === 'from') {
    throw new BuildFailure('*instructions.Stage is not a command type');
  }
  return command;
}

async function resolveReachable(
  conversion: Conversion,
  target: StageState,
): Promise<ReadonlySet<StageState>> {
  const reachable = conversion.stages.reachableFrom(target);
  const pending: Promise<void>[] = [];
  for (const stage of conversion.stages.all) {
    if (stage.base !== undefined || stage.dispatched || stage.resolved || stage.lost) continue;
    const needed = conversion.allStages || reachable.has(stage);
    stage.resolved = needed;
    if (stage.baseName === 'scratch' && stage.namedContext === undefined) {
      const platform = conversion.targetPlatform;
      stage.state = newState();
      stage.useImage((conversion.memo.emptyImage ??= emptyImage(platform)));
      stage.platform = platform;
      if (stage.unregistered) stage.dispatched = true;
    } else pending.push(resolveBase(conversion, stage, needed));
  }
  const settled = await Promise.allSettled(pending);
  // BuildKit asks for all at once and reports what fails first: mostly the one it started last.
  for (const result of settled.reverse()) {
    if (result.status === 'rejected') conversion.failures.meet(result.reason);
  }
  return reachable;
}

async function resolveBase(
  conversion: Conversion,
  stage: StageState,
  needed: boolean,
): Promise<void> {
  try {
    await resolveImage(conversion, stage, needed);
  } catch (error) {
    stage.lost = true;
    throw at(error, stage.lines, stage.source.from?.node.words[0]);
  } finally {
    if (stage.unregistered) stage.dispatched = true;
  }
}

async function resolveImage(
  conversion: Conversion,
  stage: StageState,
  needed: boolean,
): Promise<void> {
  const originalName = stage.baseName;
  let reference: ImageReference;
  try {
    reference = parseNormalized(originalName);
  } catch (error) {
    throw because(`failed to parse stage name ${quote(originalName)}`, error);
  }
  const platform = stage.platform ?? conversion.targetPlatform;
  stage.baseName = formatReference(withDefaultTag(reference));
  if (needed) {
    if (stage.namedContext !== undefined) {
      useStageContext(stage, await stage.namedContext.load(conversion.images, () => stage.paths));
      return;
    }
    const context = findNamedContext(conversion.config, stage.baseName, platform, undefined);
    if (context !== undefined) {
      useBaseContext(stage, platform, await context.load(conversion.images, () => stage.paths));
      return;
    }
    const isEmpty = await pull(conversion, stage, reference, originalName, platform);
    if (isEmpty) {
      stage.state = newState();
      stage.platform = platform;
      return;
    }
  }
  stage.state = pulledState(conversion, stage, platform);
  stage.platform = platform;
  if (needed) checkPlatform(conversion, stage, originalName, platform);
}

/** A context in the place of the whole stage. */
function useStageContext(stage: StageState, { state, image, uncertain }: LoadedContext): void {
  stage.dispatched = true;
  stage.state = state;
  stage.uncertain = uncertain;
  if (image === undefined) return;
  stage.useImage(withoutTime(image));
  if (image.architecture !== '' && image.os !== '') stage.platform = imagePlatform(image);
}

/** A context in the place of the image that the stage is built on. */
function useBaseContext(stage: StageState, platform: Platform, loaded: LoadedContext): void {
  const image = loaded.image ?? emptyImage(platform);
  stage.baseImage = image;
  stage.useImage(withoutTime(image));
  stage.uncertain = loaded.uncertain;
  stage.state = { ...loaded.state, platform: normalizePlatform(platform) };
  stage.platform = platform;
}

/** Asks for the image; true when it has no content and counts as scratch. */
async function pull(
  conversion: Conversion,
  stage: StageState,
  reference: ImageReference,
  originalName: string,
  platform: Platform,
): Promise<boolean> {
  const { images, config, stages } = conversion;
  let resolved;
  try {
    resolved = await images.resolve(stage.baseName, {
      platform,
      mode: config.imageResolveMode,
      logName: metadataLogName(
        stage.baseName,
        config.multiPlatform ? `${formatPlatformAll(platform)} internal` : 'internal',
      ),
    });
  } catch (error) {
    const message = `${originalName}: ${asFailure(error).message}`;
    const options = [...stages.names(), ...commonImages];
    throw new BuildFailure(withSuggestion(message, originalName, options), [], undefined, {
      cause: error,
    });
  }
  let used = withDefaultTag(reference);
  if (resolved.ref !== formatReference(reference)) {
    try {
      used = parseNormalized(resolved.ref);
    } catch (error) {
      throw because(`failed to parse ref ${quote(resolved.ref)}`, error);
    }
  }
  let image: ImageConfig;
  let timeless: ImageConfig;
  try {
    ({ image, timeless } = conversion.memo.imageConfig(resolved.ref, resolved.config));
  } catch (error) {
    throw because('failed to parse image config', error);
  }
  const { digest } = resolved;
  if (digest !== undefined && digest !== '') used = withDigest(used, digest);
  stage.baseName = formatReference(used);
  stage.baseImage = image;
  stage.useImage(timeless);
  stage.uncertain = resolved.uncertain;
  const layers = image.rootfs.diffIds ?? [];
  return layers.length === 0 && image.history.list().every((entry) => entry.emptyLayer);
}

/** Where a stage on an image begins that has got other steps: its FROM is counted among them. */
export function beginningAmong(
  conversion: Conversion,
  stage: StageState,
  beginning: StageBeginning,
): StageBeginning {
  if (stage.base !== undefined || beginning.state.output === undefined) return beginning;
  stage.commandIndex = beginning.commandIndex - 1;
  const state = pulledState(conversion, stage, stage.knownPlatform);
  return { ...beginning, state };
}

function pulledState(
  conversion: Conversion,
  stage: StageState,
  platform: Platform,
): StageState['state'] {
  const { config } = conversion;
  const name = stepName(
    stage,
    `FROM ${stage.baseName}`,
    config.multiPlatform,
    platform,
    emptyEnvironment,
  );
  const { from } = stage.source;
  const group = stage.groupOf(conversion.stages.all.indexOf(stage));
  const key = JSON.stringify([stage.baseName, platform, name, from?.code, group, stage.uncertain]);
  const source = conversion.memo.image(key, stage.source.place, () =>
    imageSource(withTag(stage.baseName), platform, config.imageResolveMode, {
      description: {
        'com.docker.dockerfile.v1.command': from?.code ?? '',
        'llb.customname': name,
      },
      locations: [stage.source.place],
      origin: originOf(conversion, stage, from?.node),
    }),
  );
  return newState(source, platform);
}

function withTag(reference: string): string {
  return formatReference(withDefaultTag(parseNormalized(reference)));
}

function checkPlatform(
  { linter }: Conversion,
  stage: StageState,
  name: string,
  expected: Platform,
): void {
  const actual = imagePlatform(stage.image);
  if (expected.os === actual.os && expected.architecture === actual.architecture) return;
  const rule = rules.invalidBaseImagePlatform;
  const show = (platform: Platform): string => formatPlatformAll(normalizePlatform(platform));
  linter.report(rule, rule.detail(name, show(expected), show(actual)), {
    ...(stage.lines && { lines: stage.lines }),
    spans: stage.source.from?.node.words.slice(0, 1) ?? [],
  });
}

/** Names to suggest for a mistyped image; BuildKit forgets the slash after `library`. */
const commonImages = [
  'alpine',
  'busybox',
  'centos',
  'debian',
  'golang',
  'ubuntu',
  'fedora',
].flatMap((name) => [
  name,
  `docker.io/library${name}`,
  `${name}:latest`,
  `docker.io/library${name}:latest`,
]);
