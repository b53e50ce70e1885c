/**
 * The scopes of variables: the global one (ARGs before the first FROM, and every FROM line), and one
 * for each stage, which takes over what the stage that it builds on has set.
 */
import type { Instruction, SyntaxTree } from '../parser/syntax-tree';
import type { Span } from '../text/span';
import type { Name, Occurrence } from './occurrence';
import type { StageNode, StageTable } from './stages';
import { variableDefinitions, type VariableDefinition } from './variable-definitions';
import { variableReferences, type VariableReference } from './variable-references';

export type PlacedDefinition = VariableDefinition & { readonly instruction: Instruction };
export type PlacedReference = VariableReference & { readonly instruction: Instruction };

export type VariableScope = {
  /** Undefined for the global scope. */
  readonly stage: StageNode | undefined;
  /** By name, each list in the order of the text. */
  readonly definitions: ReadonlyMap<string, readonly PlacedDefinition[]>;
  readonly references: readonly PlacedReference[];
};

/** What each keystroke asks of a file are its global variables; a stage's are read on need. */
class StageScope implements VariableScope {
  #definitions: VariableScope['definitions'] | undefined;
  #references: VariableScope['references'] | undefined;

  constructor(
    private readonly tree: SyntaxTree,
    readonly stage: StageNode,
  ) {}

  get definitions(): VariableScope['definitions'] {
    return (this.#definitions ??= definitionsOf(this.tree, this.stage.instructions));
  }

  get references(): VariableScope['references'] {
    return (this.#references ??= referencesOf(this.tree, this.stage.instructions));
  }
}

export class VariableScopes {
  readonly global: VariableScope;
  /** ENVs before the first FROM: an error, but a file is not always begun at its beginning. */
  readonly preamble: VariableScope;
  /** By the index of the stage. */
  readonly stages: readonly VariableScope[];

  /** @param given the build arguments, which count before what an ARG says */
  constructor(
    tree: SyntaxTree,
    { globals, stages }: StageTable,
    readonly given: Readonly<Record<string, string>> = {},
  ) {
    const froms = stages.map(({ from }) => from);
    const isEnv = ({ name }: Instruction) => name === 'env';
    const envs = definitionsOf(tree, globals.filter(isEnv));
    const loose = referencesOf(tree, globals);
    this.preamble = {
      stage: undefined,
      definitions: envs,
      references: loose.filter(({ name }) => envs.has(name)),
    };
    this.global = {
      stage: undefined,
      definitions: definitionsOf(
        tree,
        globals.filter((instruction) => !isEnv(instruction)),
      ),
      references: [...loose.filter(({ name }) => !envs.has(name)), ...referencesOf(tree, froms)],
    };
    this.stages = stages.map((stage) => new StageScope(tree, stage));
  }

  /** The scope in which an instruction's variables are looked up. */
  scopeOf(stage: StageNode | undefined): VariableScope {
    return (stage === undefined ? undefined : this.stages[stage.index]) ?? this.global;
  }

  /**
   * What a name stands for in a scope: its first definition there, or one that is inherited. What an
   * ONBUILD sets is for triggers behind it and for the stages built on this one, not for the rest of
   * the stage.
   *
   * @param user the instruction that has the name
   */
  definition(scope: VariableScope, name: string, user: Instruction): PlacedDefinition | undefined {
    const { stage, definitions } = scope;
    if (this.stages.length === 0) return this.#inFragment(name)[0];
    const known = definitions.get(name) ?? [];
    const ofTrigger = known.find(({ instruction }) => isTrigger(instruction));
    if (ofTrigger !== undefined && isTrigger(user)) {
      if (ofTrigger.instruction.span.start < user.span.start) return ofTrigger;
    }
    const own = known.find(({ instruction }) => !isTrigger(instruction));
    if (own !== undefined) return own;
    if (stage?.base === undefined) return ofTrigger;
    return this.definition(this.scopeOf(stage.base), name, user) ?? ofTrigger;
  }

  /**
   * The definition that counts at an offset: the last one before it, an ENV rather than an ARG;
   * inherited when the stage has none.
   */
  effective(scope: VariableScope, name: string, offset: number): PlacedDefinition | undefined {
    const known =
      this.stages.length === 0 ? this.#inFragment(name) : (scope.definitions.get(name) ?? []);
    const before = known.filter(({ whole }) => whole.end <= offset);
    const own = before.findLast(({ kind }) => kind === 'env') ?? before.at(-1);
    const { stage } = scope;
    const inherited =
      stage?.base === undefined
        ? undefined
        : this.effective(this.scopeOf(stage.base), name, Number.POSITIVE_INFINITY);
    if (own === undefined) return inherited;
    if (own.kind === 'arg' && inherited?.kind === 'env') return inherited;
    if (own.value !== undefined || stage === undefined) return own;
    return inherited ?? this.global.definitions.get(name)?.at(-1) ?? own;
  }

  /** The names that can be used at an offset of a scope, with what they stand for there. */
  visible(scope: VariableScope, offset: number): Map<string, PlacedDefinition> {
    const names = new Set<string>(this.stages.length === 0 ? this.preamble.definitions.keys() : []);
    for (let at: VariableScope | undefined = scope; at !== undefined;) {
      for (const name of at.definitions.keys()) names.add(name);
      at = at.stage?.base === undefined ? undefined : this.scopeOf(at.stage.base);
    }
    const found = new Map<string, PlacedDefinition>();
    for (const name of names) {
      const definition = this.effective(scope, name, offset);
      if (definition !== undefined) found.set(name, definition);
    }
    return found;
  }

  /** One name for each group of places that are one variable. */
  names(): Name[] {
    const groups = new Groups();
    for (const scope of this.stages) this.#join(scope, groups);
    for (const name of this.preamble.definitions.keys()) {
      if (this.global.definitions.has(name)) groups.join(`env ${name}`, keyOf(this.global, name));
    }
    for (const scope of [this.global, this.preamble, ...this.stages]) {
      const key = (name: string) => (scope === this.preamble ? `env ${name}` : keyOf(scope, name));
      for (const [name, definitions] of scope.definitions) {
        for (const { span, kind, instruction } of definitions) {
          // What an ONBUILD sets is a definition of its own.
          const definition = isTrigger(instruction)
            ? span
            : this.definition(scope, name, instruction)?.span;
          groups.add(key(name), kind, occurrence(span, 'write', definition));
        }
      }
      for (const { name, span, instruction } of scope.references) {
        const definition = this.definition(scope, name, instruction)?.span;
        groups.add(key(name), 'reference', occurrence(span, 'read', definition));
      }
    }
    return groups.names();
  }

  /** In a file without a FROM all instructions share one scope. */
  #inFragment(name: string): PlacedDefinition[] {
    return [this.global, this.preamble]
      .flatMap(({ definitions }) => definitions.get(name) ?? [])
      .sort((a, b) => a.span.start - b.span.start);
  }

  /** Joins a stage's variables with those that they come from. */
  #join(scope: VariableScope, groups: Groups): void {
    const { stage, definitions } = scope;
    if (stage === undefined) return;
    const used = new Set([...definitions.keys(), ...scope.references.map(({ name }) => name)]);
    for (const name of used) {
      const isBare = definitions.get(name)?.some(({ value }) => value === undefined) ?? false;
      if (isBare && this.global.definitions.has(name)) {
        groups.join(keyOf(scope, name), keyOf(this.global, name));
      }
      for (let base = stage.base; base !== undefined; base = base.base) {
        const inherited = this.scopeOf(base);
        if (!inherited.definitions.has(name)) continue;
        groups.join(keyOf(scope, name), keyOf(inherited, name));
        break;
      }
    }
  }
}

function isTrigger({ trigger }: Instruction): boolean {
  return trigger !== undefined;
}

function keyOf({ stage }: VariableScope, name: string): string {
  return `${stage?.index ?? ''} ${name}`;
}

function occurrence(span: Span, role: 'write' | 'read', definition: Span | undefined): Occurrence {
  return { kind: 'variable', span, role, definition, renamed: true };
}

function definitionsOf(
  tree: SyntaxTree,
  instructions: readonly Instruction[],
): Map<string, PlacedDefinition[]> {
  const byName = new Map<string, PlacedDefinition[]>();
  for (const instruction of instructions) {
    for (const definition of variableDefinitions(tree, instruction)) {
      const placed = { instruction, ...definition };
      const known = byName.get(definition.name);
      if (known === undefined) byName.set(definition.name, [placed]);
      else known.push(placed);
    }
  }
  return byName;
}

function referencesOf(tree: SyntaxTree, instructions: readonly Instruction[]): PlacedReference[] {
  return instructions.flatMap((instruction) =>
    variableReferences(tree, instruction).map((reference) => ({ instruction, ...reference })),
  );
}

/** Union-find over the keys of variables; each group lists ARGs, then ENVs, then references. */
class Groups {
  readonly #parents = new Map<string, string>();
  readonly #members = new Map<string, Record<'arg' | 'env' | 'reference', Occurrence[]>>();

  join(a: string, b: string): void {
    this.#parents.set(this.#root(a), this.#root(b));
  }

  add(key: string, kind: 'arg' | 'env' | 'reference', occurrence: Occurrence): void {
    const root = this.#root(key);
    let members = this.#members.get(root);
    if (members === undefined) {
      members = { arg: [], env: [], reference: [] };
      this.#members.set(root, members);
    }
    members[kind].push(occurrence);
  }

  names(): Name[] {
    return [...this.#members.values()].map(({ arg, env, reference }) => ({
      kind: 'variable',
      occurrences: [...arg, ...env, ...reference],
    }));
  }

  #root(key: string): string {
    let root = key;
    for (let parent = this.#parents.get(root); parent !== undefined;) {
      if (parent === root) break;
      root = parent;
      parent = this.#parents.get(root);
    }
    return root;
  }
}
