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
  readonly allArgs: Map<string, ArgInfo>;
  readonly usedArgs: Set<string>;
  readonly secrets: Map<string, Need>;
  readonly ssh: Map<string, Need>;

  constructor(from?: OutlineCapture) {
    this.allArgs = new Map(from?.allArgs);
    this.usedArgs = new Set(from?.usedArgs);
    this.secrets = new Map(from?.secrets);
    this.ssh = new Map(from?.ssh);
  }

  clone(): OutlineCapture {
    return new OutlineCapture(this);
  }

  /** Arguments behind the defaults of used arguments are used too. */
  closeOverDependencies(): void {
    for (const name of this.usedArgs) {
      for (const dependency of this.allArgs.get(name)?.dependencies ?? []) {
        this.usedArgs.add(dependency);
      }
    }
  }
}
