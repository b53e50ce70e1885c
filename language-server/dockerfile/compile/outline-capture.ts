/** What a stage has been seen to use: arguments, secrets and SSH agents. */
import type { ArgDefinition } from '../instructions/command';
import type { Lines } from '../text/span';

export type ArgInfo = {
  readonly definition: ArgDefinition;
  readonly value: string;
  /** Arguments that its default is made of. */
  readonly dependencies: ReadonlySet<string>;
  readonly lines: Lines;
};
/** A secret or an SSH agent. */
export type Need = { readonly required: boolean; readonly lines: Lines };

/** What one stage has been seen to use. */
export class OutlineCapture {
  readonly #ownArgs: Map<string, ArgInfo>;
  readonly usedArgs: Set<string>;
  readonly secrets: Map<string, Need>;
  readonly ssh: Map<string, Need>;

  /** @param globals the arguments above the first FROM, which all stages share */
  constructor(
    private readonly globals: ReadonlyMap<string, ArgInfo>,
    from?: OutlineCapture,
  ) {
    this.#ownArgs = new Map(from && from.#ownArgs);
    this.usedArgs = new Set(from?.usedArgs);
    this.secrets = new Map(from?.secrets);
    this.ssh = new Map(from?.ssh);
  }

  setArg(name: string, info: ArgInfo): void {
    this.#ownArgs.set(name, info);
  }

  arg(name: string): ArgInfo | undefined {
    return this.#ownArgs.get(name) ?? this.globals.get(name);
  }

  clone(): OutlineCapture {
    return new OutlineCapture(this.globals, this);
  }

  /** Arguments behind the defaults of used arguments are used too. */
  closeOverDependencies(): void {
    for (const name of this.usedArgs) {
      for (const dependency of this.arg(name)?.dependencies ?? []) {
        this.usedArgs.add(dependency);
      }
    }
  }
}
