/** `RUN --mount=…`: its types, the options of the type, and their values. */
import { CompletionItemKind } from 'vscode-languageserver-types';
import { mountOption, mountOptions, mountTypeOption } from '../../dockerfile';
import { packageManagers } from '../../dockerfile/refactor/cache-mounts';
import { values, type Offer } from './items';

export type MountCursor = {
  /** What has been typed of the field. */
  readonly typed: string;
  readonly offers: readonly Offer[];
  /** The kind of the value, when it is not one of a list. */
  readonly wants?: 'stage' | 'source' | 'path';
};

/** @param value the flag's value up to the cursor */
export function mountOffers(value: string): MountCursor {
  const fields = value.split(',');
  const field = fields.at(-1) ?? '';
  const type = /(?:^|,)type=([^,]*)/i.exec(value)?.[1] ?? 'bind';
  const equals = field.indexOf('=');
  if (equals >= 0) return optionValue(type, field.slice(0, equals), field.slice(equals + 1));
  const given = new Set(fields.slice(0, -1).map((each) => each.split('=')[0]?.toLowerCase()));
  const options = mountOptions(type).filter(
    ({ name, aliases }) => !given.has(name) && !aliases.some((alias) => given.has(alias)),
  );
  return {
    typed: field,
    offers: options.map((option): Offer => {
      const { name, bare, docs, since } = option;
      return {
        label: bare ? name : `${name}=`,
        kind: CompletionItemKind.Property,
        docs: since === undefined ? docs : `${docs}\n\nSince Dockerfile ${since}.`,
        order: name === mountTypeOption.name ? '0' : `1${name}`,
        goesOn: !bare,
      };
    }),
  };
}

/** What a cache is usually mounted on. */
const cacheFolders: readonly Offer[] = packageManagers.flatMap(({ name, targets }) =>
  targets.map((target) => ({
    label: target,
    kind: CompletionItemKind.Folder,
    docs: `Where ${name} keeps its downloads, for the user root.`,
  })),
);

function optionValue(type: string, key: string, typed: string): MountCursor {
  const kind = mountOption(type, key)?.value.kind;
  const choices = mountOption(type, key)?.value.choices ?? [];
  const bools = kind === 'bool' ? [{ value: 'true' }, { value: 'false' }] : [];
  const offers = values([...choices, ...bools], CompletionItemKind.EnumMember);
  if (kind === 'path' && type === 'cache') return { typed, offers: cacheFolders, wants: kind };
  if (kind === 'stage' || kind === 'source' || kind === 'path')
    return { typed, offers, wants: kind };
  return { typed, offers };
}
