/** The arguments above the first FROM, as the stages see them. */
import type { EnvList } from '../llb/env-list';
import { NearNames } from '../text/near-names';
import type { ArgInfo } from './outline-capture';

type NameIndex = { readonly names: NearNames; readonly places: ReadonlyMap<string, number> };

export class Globals {
  readonly #names: ReadonlySet<string>;
  #index: NameIndex | undefined;

  constructor(
    readonly infos: ReadonlyMap<string, ArgInfo>,
    values: EnvList,
  ) {
    this.#names = new Set([...infos.keys(), ...values.keys()]);
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** The name that was meant by one that is not among them. */
  suggest(name: string): string | undefined {
    const { names, places } = (this.#index ??= indexOf(this.#names));
    return names.suggest(name, (known) => places.get(known));
  }
}

function indexOf(all: ReadonlySet<string>): NameIndex {
  const names = new NearNames();
  for (const name of all) names.add(name);
  return { names, places: new Map([...all].map((name, place) => [name, place])) };
}
