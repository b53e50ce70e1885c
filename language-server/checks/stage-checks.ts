/** What only a look at the whole file shows: stages and global arguments that nothing uses. */
import type { DockerfileView } from '../dockerfile-view';
import { insert, replace, wholeLines } from '../dockerfile/lint/fixes/fix';
import type { PlacedDefinition } from '../dockerfile/occurrences/variable-scopes';
import type { Finding, FindingFix } from './finding';

const source = 'LLB Lens';

export function stageChecks(view: DockerfileView): Finding[] {
  return [...unusedStages(view), ...unusedArguments(view), ...almostStages(view)];
}

/** A stage before the last one that nothing builds on: only `--target` reaches it. */
function unusedStages({ stages: { stages, references } }: DockerfileView): Finding[] {
  const used = new Set(references.map(({ target }) => target));
  return stages.slice(0, -1).flatMap((stage): Finding[] => {
    if (used.has(stage)) return [];
    const name = stage.alias?.text ?? `stage-${stage.index}`;
    return [
      {
        code: 'unused-stage',
        message: `Nothing in this file uses stage '${name}'; it is only built as a target.`,
        severity: 'hint',
        span: stage.alias ?? stage.from.keywordSpan,
        source,
      },
    ];
  });
}

/** A global argument that no FROM uses and no stage declares has no effect anywhere. */
function unusedArguments(view: DockerfileView): Finding[] {
  const { variables, stages } = view;
  if (stages.stages.length === 0) return [];
  const { definitions, references } = variables.global;
  const used = new Set(references.map(({ name }) => name));
  return [...definitions].flatMap(([name, places]): Finding[] => {
    if (used.has(name) || predefined.test(name)) return [];
    if (variables.stages.some((stage) => stage.definitions.has(name))) return [];
    const fixes = () => unusedArgumentFixes(view, name, places);
    return places.map(({ span }) => ({
      fixes,
      code: 'unreachable-arg',
      message: `No FROM uses ARG ${name} and no stage declares it: it has no effect.`,
      severity: 'hint',
      span,
      source,
      unnecessary: true,
    }));
  });
}

/** Stages that name the argument were meant to have it; otherwise it can go. */
function unusedArgumentFixes(
  { tree, variables, stages }: DockerfileView,
  name: string,
  places: readonly PlacedDefinition[],
): FindingFix[] {
  const end = tree.text.includes('\r\n') ? '\r\n' : '\n';
  const named = stages.stages.filter((stage) =>
    variables.scopeOf(stage).references.some((one) => one.name === name),
  );
  // A stage takes over what the one below has.
  const wanting = named.filter(({ base }) => base === undefined || !named.includes(base));
  const declares = wanting.map(({ from }) =>
    insert(from.span.end, `${end}${from.keyword === 'from' ? 'arg' : 'ARG'} ${name}`),
  );
  const isAlone = places.every(({ instruction }) => instruction.words.length === 1);
  const removes = places.map(({ instruction }) =>
    replace(wholeLines(tree.text, instruction.span), ''),
  );
  return [
    ...(declares.length === 0
      ? []
      : [{ title: `Declare ${name} in the stages that name it`, edits: declares }]),
    ...(isAlone && declares.length === 0 ? [{ title: `Remove ARG ${name}`, edits: removes }] : []),
  ];
}

/** Build arguments that the builder itself reads. */
const predefined = /^(BUILDKIT_|SOURCE_DATE_EPOCH$|[A-Za-z]+_(proxy|PROXY)$)/;

/** `--from` a name that is no stage but almost one: BuildKit would look for an image. */
function almostStages({ stages: { stages, references } }: DockerfileView): Finding[] {
  return references.flatMap(({ target, text, span, kind, byIndex }): Finding[] => {
    if (target !== undefined || kind === 'from' || text === '') return [];
    if (byIndex) {
      return [
        {
          code: 'unknown-stage',
          message: `There is no stage ${text}: the file has ${stages.length}, counted from 0.`,
          severity: 'error',
          span,
          source,
        },
      ];
    }
    const near = stages.find(({ alias }) => alias !== undefined && isNear(alias.text, text));
    const right = near?.alias?.text;
    return right === undefined
      ? []
      : [
          {
            code: 'unknown-stage',
            message: `There is no stage '${text}', so an image of that name is used (did you mean ${right}?)`,
            severity: 'warning',
            span,
            source,
            fixes: () => [{ title: `Change to ${right}`, edits: [replace(span, right)] }],
          },
        ];
  });
}

/** One letter more, less, other, or two swapped. */
function isNear(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1 || short.length < 3) return false;
  let head = 0;
  while (head < short.length && short[head] === long[head]) head++;
  let tail = 0;
  while (tail < short.length - head && short.at(-1 - tail) === long.at(-1 - tail)) tail++;
  const rest = short.length - head - tail;
  return (
    rest <= 1 || (rest === 2 && short[head] === long[head + 1] && short[head + 1] === long[head])
  );
}
