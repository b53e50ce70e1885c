/**
 * Targets of Bake files in HCL. Only what an editor needs is read: blocks, attributes that are plain
 * values, and the names in `args`. Whatever is worked out by an expression is left to Bake.
 */
import {
  listItems,
  objectEntries,
  parseHcl,
  plainValue,
  type HclBlock,
  type HclExpression,
} from './hcl-syntax';
import type { CompositionTarget, Place, ReadTargets, TargetArgument } from './targets';

export const bakeHclTargets: ReadTargets = (text) =>
  parseHcl(text).blocks.flatMap((block) => {
    const [label] = block.labels;
    return block.type === 'target' && label !== undefined ? [targetOf(label, block)] : [];
  });

function targetOf(name: Place, { body }: HclBlock): CompositionTarget {
  const valueOf = (key: string): HclExpression | undefined =>
    body.attributes.find((attribute) => attribute.name.text === key)?.value;
  const setting = (key: string) => {
    const value = valueOf(key);
    return value === undefined ? undefined : plainValue(value);
  };
  const context = setting('context');
  const dockerfile = setting('dockerfile');
  const stage = setting('target');
  const args = valueOf('args');
  const entries = args === undefined ? [] : objectEntries(args);
  return {
    name,
    ...(context && { context }),
    ...(dockerfile && { dockerfile }),
    ...(stage && { stage }),
    isInline: setting('dockerfile-inline') !== undefined,
    args:
      entries?.flatMap((entry) => (entry.name ? [argumentOf(entry.name, entry.value)] : [])) ?? [],
    hasMoreArgs: entries?.some((entry) => entry.name === undefined) ?? true,
    bases: basesOf(valueOf('inherits')),
    isSeveral: valueOf('matrix') !== undefined,
  };
}

function argumentOf({ text, start, end }: Place, written: HclExpression): TargetArgument {
  const value = plainValue(written);
  const name = { text, start, end };
  return value === undefined || value === 'unknown' ? name : { ...name, value: value.text };
}

function basesOf(inherits: HclExpression | undefined): CompositionTarget['bases'] {
  if (inherits === undefined) return [];
  const bases = listItems(inherits)?.map(plainValue);
  const known = bases?.flatMap((base) =>
    base === undefined || base === 'unknown' ? [] : [base.text],
  );
  return known === undefined || known.length !== bases?.length ? 'unknown' : known;
}
