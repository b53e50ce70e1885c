/** What variables are: the arguments given to the build, defaults and ENV values, expanded. */
import { expandWord } from '../words/lexer';
import type { Environment } from '../words/environment';
import type { EscapeToken } from '../parser/syntax-tree';
import type { PlacedDefinition, VariableScope, VariableScopes } from './variable-scopes';

/** How deep definitions may lead to each other; a longer chain is not followed. */
const maxDepth = 20;

/**
 * The value of a variable at an offset.
 * @returns undefined when it has none or rests on something that only the build knows
 */
export function resolvedValue(
  variables: VariableScopes,
  scope: VariableScope,
  name: string,
  offset: number,
  escape: EscapeToken,
): string | undefined {
  const definition = variables.effective(scope, name, offset);
  return definition && valueOf(variables, definition, escape, 0);
}

/** The value of an ARG that the build is given. */
export function givenValue(
  { given }: VariableScopes,
  { kind, name }: PlacedDefinition,
): string | undefined {
  return kind === 'arg' && Object.hasOwn(given, name) ? given[name] : undefined;
}

function valueOf(
  variables: VariableScopes,
  definition: PlacedDefinition,
  escape: EscapeToken,
  depth: number,
): string | undefined {
  const given = givenValue(variables, definition);
  if (given !== undefined) return given;
  if (definition.value === undefined || depth > maxDepth) return undefined;
  const scope = scopeOf(variables, definition);
  return expandedText(definition.value, escape, (name) => {
    const inner = variables.effective(scope, name, definition.instruction.span.start);
    return inner === definition ? undefined : inner && valueOf(variables, inner, escape, depth + 1);
  });
}

/**
 * A text with its variables replaced.
 * @returns undefined when one of them has no value, or the text cannot be expanded
 */
export function expandedText(
  text: string,
  escape: EscapeToken,
  valueOfName: (name: string) => string | undefined,
): string | undefined {
  const environment: Environment = { get: valueOfName, keys: () => [] };
  try {
    const { result, unmatched } = expandWord(text, environment, { escape });
    return unmatched.size > 0 && !/\$\{\w+:?[-+]/.test(text) ? undefined : result;
  } catch {
    return undefined; // The text is an error, which the diagnostics report.
  }
}

function scopeOf(variables: VariableScopes, definition: PlacedDefinition): VariableScope {
  const isIn = ({ definitions }: VariableScope) =>
    definitions.get(definition.name)?.includes(definition) ?? false;
  return variables.stages.find(isIn) ?? variables.global;
}
