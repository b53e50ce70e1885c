/** Targets of Compose files, and of Bake files in JSON, which YAML's parser reads as well. */
import { isMap, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml';
import type { CompositionTarget, Place, ReadTargets, TargetArgument } from './targets';

/** `services:` with a `build:` in each. */
export const composeTargets: ReadTargets = (text) =>
  entries(mapAt(rootOf(text), 'services')).flatMap(({ name, value }): CompositionTarget[] => {
    if (!isMap(value)) return [];
    const build = value.get('build', true);
    if (isMap(build)) return [targetOf(name, build, 'dockerfile_inline')];
    const context = placeOf(build);
    return context === undefined
      ? []
      : [{ name, context, args: [], isElsewhere: false, inherits: false }];
  });

/** `"target": { … }`. */
export const bakeJsonTargets: ReadTargets = (text) =>
  entries(mapAt(rootOf(text), 'target')).flatMap(({ name, value }) =>
    isMap(value) ? [targetOf(name, value, 'dockerfile-inline')] : [],
  );

function targetOf(name: Place, build: YAMLMap, inline: string): CompositionTarget {
  const place = (key: string): Place | undefined => placeOf(build.get(key, true));
  const isUnknown = (key: string): boolean => build.has(key) && place(key) === undefined;
  const context = place('context');
  const dockerfile = place('dockerfile');
  const stage = place('target');
  return {
    name,
    ...(context && { context }),
    ...(dockerfile && { dockerfile }),
    ...(stage && { stage }),
    args: argumentsOf(build.get('args', true)),
    isElsewhere: build.has(inline) || isUnknown('context') || isUnknown('dockerfile'),
    inherits: build.has('inherits') || build.has('<<'),
  };
}

/** A map of names and values, or a list of `NAME=value`. */
function argumentsOf(args: unknown): TargetArgument[] {
  if (isMap(args)) {
    return entries(args).map(({ name, value }) => {
      const written = isScalar(value) ? value.source : undefined;
      const isKnown = written !== undefined && written !== '' && !/^(null|~)$|\$/.test(written);
      return isKnown ? { ...name, value: written } : name;
    });
  }
  if (!isSeq(args)) return [];
  return args.items.flatMap((item) => {
    const place = placeOf(item);
    if (place === undefined) return [];
    const [name = '', ...value] = place.text.split('=');
    const argument = { text: name, start: place.start, end: place.start + name.length };
    return [value.length === 0 ? argument : { ...argument, value: value.join('=') }];
  });
}

function rootOf(text: string): unknown {
  return parseDocument(text, { logLevel: 'silent' }).contents;
}

function mapAt(node: unknown, key: string): unknown {
  return isMap(node) ? node.get(key, true) : undefined;
}

function entries(node: unknown): { readonly name: Place; readonly value: unknown }[] {
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }) => {
    const name = placeOf(key);
    return name === undefined ? [] : [{ name, value }];
  });
}

/** A text without variables, at its place without quotes. */
function placeOf(node: unknown): Place | undefined {
  if (!isScalar(node) || typeof node.value !== 'string') return undefined;
  if (node.value.includes('$') || !Array.isArray(node.range)) return undefined;
  const [start, end] = node.range;
  const quote = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? 1 : 0;
  return { text: node.value, start: start + quote, end: end - quote };
}
