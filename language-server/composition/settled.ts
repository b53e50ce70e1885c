/** What holds for a target once all that speaks of it is put together. */
import type { CompositionTarget, Setting } from './targets';

export type Settled = {
  readonly context?: Setting;
  readonly dockerfile?: Setting;
  readonly stage?: Setting;
  readonly isInline: boolean;
  /** Those whose values are known. */
  readonly args: ReadonlyMap<string, string>;
  /** It inherits from a target that is not known, which may set whatever is not set here. */
  readonly inheritsUnknown: boolean;
};

type Targets = readonly CompositionTarget[];

const nothing: Settled = { isInline: false, args: new Map(), inheritsUnknown: false };

/** Bake first joins the blocks of a name from all files, and then looks at what they inherit. */
export function settledByBake(name: string, files: readonly Targets[]): Settled {
  return inheriting(name, files.flat(), []) ?? nothing;
}

/** Compose first looks at what a service extends, in each file, and then joins the files. */
export function settledByCompose(name: string, files: readonly Targets[]): Settled {
  return files.map((targets) => inheriting(name, targets, []) ?? nothing).reduce(joined, nothing);
}

/** @returns undefined where there is no such target, or where the name stands for several */
function inheriting(
  name: string,
  targets: Targets,
  visited: readonly string[],
): Settled | undefined {
  const blocks = targets.filter((target) => target.name.text === name);
  if (blocks.length === 0 || (visited.length > 0 && blocks.some(({ isSeveral }) => isSeveral))) {
    return undefined;
  }
  const inherited = blocks
    .flatMap(({ bases }): readonly (string | undefined)[] =>
      bases === 'unknown' ? [undefined] : bases,
    )
    .filter((base) => base === undefined || ![...visited, name].includes(base)) // Bake passes over a circle
    .map((base) => {
      const found = base === undefined ? undefined : inheriting(base, targets, [...visited, name]);
      return found ?? { ...nothing, inheritsUnknown: true };
    });
  return blocks.reduce(withBlock, inherited.reduce(joined, nothing));
}

/** The later one counts. */
function joined(under: Settled, over: Settled): Settled {
  return {
    ...under,
    ...over,
    isInline: under.isInline || over.isInline,
    args: new Map([...(over.inheritsUnknown ? [] : under.args), ...over.args]),
    inheritsUnknown: under.inheritsUnknown || over.inheritsUnknown,
  };
}

function withBlock(under: Settled, block: CompositionTarget): Settled {
  const { context, dockerfile, stage, isInline } = block;
  const args = new Map(block.hasMoreArgs ? [] : under.args);
  for (const { text, value } of block.args) {
    if (value === undefined) args.delete(text);
    else args.set(text, value);
  }
  return {
    ...under,
    ...(context && { context }),
    ...(dockerfile && { dockerfile }),
    ...(stage && { stage }),
    isInline: under.isInline || isInline,
    args,
  };
}
