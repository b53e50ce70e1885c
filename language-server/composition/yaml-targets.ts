/** Targets of Compose files, and of Bake files in JSON, which YAML's parser reads as well. */
import { isMap, isSeq, parseAllDocuments } from 'yaml';
import { withoutTemplates } from './hcl-syntax';
import type { CompositionTarget, Place, ReadTargets, Setting, TargetArgument } from './targets';
import { YamlReader } from './yaml-reader';

type Service = {
  readonly name: Place;
  readonly build: CompositionTarget | undefined;
  readonly bases: CompositionTarget['bases'];
};

/** `services:` with a `build:` in each, or in one that it extends. */
export const composeTargets: ReadTargets = (text) =>
  documentsOf(text, withoutVariables).flatMap((file) => {
    const services = file
      .entries(file.valueOf(file.contents, 'services'))
      .map(({ name, value }): Service => {
        const bases = extendedBy(file, file.valueOf(value, 'extends'));
        return { name, bases, build: serviceBuild(file, name, file.valueOf(value, 'build')) };
      });
    return services.flatMap(({ name, build, bases }) => {
      // Nothing is inherited from services that are not built.
      const built =
        bases === 'unknown'
          ? bases
          : bases.filter(
              (base) => services.every((one) => one.name.text !== base) || isBuilt(base, services),
            );
      if (build !== undefined) return [{ ...build, bases: built }];
      return isBuilt(name.text, services) ? [{ name, ...noSettings, bases: built }] : [];
    });
  });

const noSettings = { args: [], hasMoreArgs: false, isInline: false, isSeveral: false };

function isBuilt(
  name: string,
  services: readonly Service[],
  visited: readonly string[] = [],
): boolean {
  const service = services.findLast((one) => one.name.text === name);
  if (service === undefined || visited.includes(name)) return false;
  if (service.build !== undefined) return true;
  const { bases } = service;
  return bases !== 'unknown' && bases.some((base) => isBuilt(base, services, [...visited, name]));
}

function serviceBuild(
  file: YamlReader,
  name: Place,
  build: unknown,
): CompositionTarget | undefined {
  if (isMap(build)) {
    const target = targetOf(file, name, build, 'dockerfile_inline');
    return { ...target, ...atHome(target.context) };
  }
  const context = isSeq(build) ? undefined : file.setting(build);
  return context && { name, context, ...noSettings, bases: [], ...atHome(context) };
}

/** Compose puts the user's home in place of `~`. */
function atHome(context: Setting | undefined): { readonly context?: Setting } {
  const isAtHome = context !== undefined && context !== 'unknown' && context.text.startsWith('~');
  return isAtHome ? { context: 'unknown' } : {};
}

/** A name, or `service:` with the `file:` that it is in. */
function extendedBy(file: YamlReader, value: unknown): CompositionTarget['bases'] {
  if (value === undefined) return [];
  if (isMap(value) && file.valueOf(value, 'file') !== undefined) return 'unknown';
  const base = file.setting(isMap(value) ? file.valueOf(value, 'service') : value);
  return base === undefined || base === 'unknown' ? 'unknown' : [base.text];
}

/** `"target": { … }`; in place of an object there may be a list of them, which are put together. */
export const bakeJsonTargets: ReadTargets = (text) =>
  documentsOf(text, withoutTemplates).flatMap((file) =>
    file
      .items(file.valueOf(file.contents, 'target'))
      .flatMap((targets) => file.entries(targets))
      .flatMap(({ name, value }) =>
        file
          .items(value)
          .filter(isMap)
          .map((block) => targetOf(file, name, block, 'dockerfile-inline')),
      ),
  );

function documentsOf(text: string, plain: (written: string) => string | undefined): YamlReader[] {
  const documents = parseAllDocuments(text, { logLevel: 'silent' });
  return [...documents].map((document) => new YamlReader(document, plain));
}

function targetOf(
  file: YamlReader,
  name: Place,
  build: unknown,
  inline: string,
): CompositionTarget {
  const setting = (key: string): Setting | undefined => file.setting(file.valueOf(build, key));
  const context = setting('context');
  const dockerfile = setting('dockerfile');
  const stage = setting('target');
  const inherits = file.valueOf(build, 'inherits');
  const bases = isSeq(inherits) ? file.items(inherits).map((item) => file.setting(item)) : [];
  const known = bases.flatMap((base) =>
    base === undefined || base === 'unknown' ? [] : [base.text],
  );
  const args = file.valueOf(build, 'args');
  return {
    name,
    ...(context && { context }),
    ...(dockerfile && { dockerfile }),
    ...(stage && { stage }),
    isInline: setting(inline) !== undefined,
    args: argumentsOf(file, args),
    hasMoreArgs: args !== undefined && !isMap(args) && !isSeq(args),
    bases:
      inherits === undefined || (isSeq(inherits) && known.length === bases.length)
        ? known
        : 'unknown',
    isSeveral: file.valueOf(build, 'matrix') !== undefined,
  };
}

/** A map of names and values, or a list of `NAME=value`. */
function argumentsOf(file: YamlReader, args: unknown): TargetArgument[] {
  if (!isSeq(args)) {
    return file.entries(args).map(({ name, value: written }) => {
      const value = file.argument(written);
      return value === undefined ? name : { ...name, value };
    });
  }
  return args.items.flatMap((item) => {
    const written = file.written(item);
    if (written === undefined) return [];
    const [name = '', ...rest] = written.text.split('=');
    const argument = { text: name, start: written.start, end: written.start + name.length };
    const value = rest.length === 0 ? undefined : file.plain(rest.join('='));
    return [value === undefined ? argument : { ...argument, value }];
  });
}

/** `$$` stands for `$`. @returns undefined for a text with a variable in it */
function withoutVariables(written: string): string | undefined {
  return written.replaceAll('$$', '').includes('$')
    ? undefined
    : written.replaceAll('$$', () => '$');
}
