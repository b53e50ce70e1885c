/** Vertex names as BuildKit shows them: `[build 2/5] RUN make`. */
import type { Platform } from '../../../proto/model/op';
import { formatPlatformAll, normalizePlatform, parsePlatform } from '../names/platform';
import { cut, toUpper } from '../text/go';
import type { Environment } from '../words/environment';
import { expandWord, type LexerOptions } from '../words/lexer';
import type { StageState } from './stage-state';

/** Gives the next step of a stage its name and counts it. */
export function stepName(
  stage: StageState,
  text: string,
  multiPlatform: boolean,
  platform: Platform | undefined,
  environment: Environment,
): string {
  if (stage.commandTotal === 0) return text;
  stage.commandIndex++;
  return stepPrefix(stage, multiPlatform, platform, environment) + text;
}

/** The prefix of the step that was named last, for a second vertex of one instruction. */
export function stepPrefix(
  stage: StageState,
  multiPlatform: boolean,
  platform: Platform | undefined,
  environment: Environment,
): string {
  if (stage.commandTotal === 0) return '';
  let inside = '';
  if (multiPlatform && platform !== undefined) {
    inside += `${formatPlatformAll(platform)}${crossPlatform(platform, environment)} `;
  }
  if (stage.name !== '') inside += `${stage.name} `;
  const width = Math.floor(1 + Math.log10(stage.commandTotal));
  inside += `${String(stage.commandIndex).padStart(width)}/${stage.commandTotal}`;
  return `[${inside}] ${stage.commandIsOnBuild ? 'ONBUILD ' : ''}`;
}

/** An instruction's text with its variables expanded and its keyword in upper case. */
export function stepText(code: string, environment: Environment, options: LexerOptions): string {
  let text = code;
  try {
    text = expandWord(code, environment, options).result;
  } catch {
    // BuildKit shows the text as it stands when it cannot be expanded.
  }
  const [keyword, rest, found] = cut(text, ' ');
  return found ? `${toUpper(keyword)} ${rest}` : toUpper(keyword);
}

/** `->arm64` when the step builds for another platform than it runs on. */
function crossPlatform(base: Platform, environment: Environment): string {
  const wanted = targetPlatform(environment);
  if (wanted === undefined) return '';
  const target = normalizePlatform({
    ...wanted,
    os: wanted.os === '' ? base.os : wanted.os,
    architecture: wanted.architecture === '' ? base.architecture : wanted.architecture,
  });
  if (target.os !== base.os) return `->${formatPlatformAll(target)}`;
  if (target.architecture === base.architecture) return '';
  const variant = target.variant === undefined ? '' : `/${target.variant}`;
  return `->${target.architecture}${variant}`;
}

/** TARGETPLATFORM or its parts, as far as the environment has them. */
function targetPlatform(environment: Environment): Platform | undefined {
  let os: string | undefined;
  let architecture: string | undefined;
  let variant: string | undefined;
  for (const key of environment.keys()) {
    if (key === 'TARGETPLATFORM') {
      try {
        return parsePlatform(environment.get(key) ?? '');
      } catch {
        continue; // Any ENV may have this name; one that is no platform counts for nothing.
      }
    }
    if (key === 'TARGETOS') os = environment.get(key);
    if (key === 'TARGETARCH') architecture = environment.get(key);
    if (key === 'TARGETVARIANT') variant = environment.get(key);
  }
  if (os === undefined && architecture === undefined && variant === undefined) return undefined;
  return {
    os: os ?? '',
    architecture: architecture ?? '',
    ...(variant !== undefined && { variant }),
  };
}
