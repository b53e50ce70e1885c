/** What hadolint says about labels: their keys, and their values by the config's `label-schema`. */
import deprecated from 'spdx-license-ids/deprecated.json' with { type: 'json' };
import licences from 'spdx-license-ids/index.json' with { type: 'json' };
import { pairs, type VariableDefinition } from '../../dockerfile/occurrences/variable-definitions';
import type { Instruction } from '../../dockerfile/parser/syntax-tree';
import type { HadolintConfig, LabelKind } from './config';
import type { HadolintFile, HadolintPlace, HadolintRule } from './hadolint-file';

type Label = VariableDefinition & { readonly instruction: Instruction };

function labelsOf(file: HadolintFile): Label[] {
  return file
    .all('label')
    .flatMap((instruction) =>
      pairs(file.view.tree, instruction).map((pair) => ({ ...pair, instruction })),
    );
}

/** Lower case, digits, dots and dashes; not two of these in a row, and none of Docker's own. */
function isGoodKey(key: string): boolean {
  return (
    /^[a-z]([a-z0-9.-]*[a-z0-9])?$/.test(key) &&
    !/\.\.|--/.test(key) &&
    !/^(com\.docker|io\.docker|org\.dockerproject)\./.test(key)
  );
}

const unquoted = (text: string): string => text.replace(/^(["'])([^]*)\1$/, '$2');

const ids: ReadonlySet<string> = new Set([...licences, ...deprecated]);

/** An identifier, or several joined by AND, OR and WITH. */
function isLicence(text: string): boolean {
  const terms = text
    .replace(/[()]/g, ' ')
    .trim()
    .split(/\s+(?:AND|OR)\s+/);
  return terms.every((term) => {
    const [licence = '', exception, ...rest] = term.trim().split(/\s+WITH\s+/);
    if (rest.length > 0 || exception === '') return false;
    return ids.has(licence.replace(/\+$/, '')) || /^LicenseRef-[\w.-]+$/.test(licence);
  });
}

/** By kind, the rule that a value of another form breaks. */
const kinds: Readonly<
  Record<
    Exclude<LabelKind, 'text'>,
    { readonly code: string; readonly what: string; readonly test: (value: string) => boolean }
  >
> = {
  url: { code: 'DL3052', what: 'a URL', test: (value) => /^[a-z][a-z0-9+.-]*:\S+$/i.test(value) },
  rfc3339: {
    code: 'DL3053',
    what: 'a time as RFC 3339 writes it',
    test: (value) =>
      /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(value) &&
      !Number.isNaN(Date.parse(value.replace(' ', 'T'))),
  },
  spdx: { code: 'DL3054', what: 'an SPDX licence', test: isLicence },
  hash: {
    code: 'DL3055',
    what: 'a commit of git',
    test: (value) => /^([0-9a-f]{7}|[0-9a-f]{40})$/.test(value),
  },
  semver: {
    code: 'DL3056',
    what: 'a semantic version',
    test: (value) =>
      /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/.test(value),
  },
  email: {
    code: 'DL3058',
    what: 'an address of e-mail',
    test: (value) => /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/.test(value),
  },
};

const schemaRules = Object.entries(kinds).map(([kind, { code, what, test }]): HadolintRule => ({
  code,
  severity: 'warning',
  message: `The config wants ${what} here`,
  find: (file, { labels }) =>
    labelsOf(file)
      .filter(({ name }) => labels.get(unquoted(name)) === kind)
      .filter(({ value = '' }) => unquoted(value) !== '' && !test(unquoted(value)))
      .map(place),
}));

const place = ({ instruction, valueSpan, span }: Label): HadolintPlace => ({
  instruction,
  span: valueSpan ?? span,
});

export const labelRules: readonly HadolintRule[] = [
  {
    code: 'DL3048',
    severity: 'hint',
    message: 'Keys of labels are written in lower case, with dots and dashes',
    policy: true,
    find: (file) =>
      labelsOf(file)
        .filter(({ name }) => !isGoodKey(unquoted(name)))
        .map(({ instruction, span }) => ({ instruction, span })),
  },
  {
    code: 'DL3049',
    severity: 'information',
    message: 'The config wants more labels',
    find: missing,
  },
  {
    code: 'DL3050',
    severity: 'information',
    message: 'The config knows no such label',
    find: (file, { labels, strictLabels }) =>
      strictLabels
        ? labelsOf(file)
            .filter(({ name }) => !labels.has(unquoted(name)))
            .map(({ instruction, span }) => ({ instruction, span }))
        : [],
  },
  {
    code: 'DL3051',
    severity: 'warning',
    message: 'The label is empty',
    find: (file, { labels }) =>
      labelsOf(file)
        .filter(({ name, value = '' }) => labels.has(unquoted(name)) && unquoted(value) === '')
        .map(place),
  },
  ...schemaRules,
];

/** Labels of the last stage and of those that it is built on count. */
function missing({ view, stages }: HadolintFile, { labels }: HadolintConfig): HadolintPlace[] {
  const last = stages.at(-1);
  if (last === undefined) return [];
  const present = new Set<string>();
  for (let stage: typeof last | undefined = last; stage !== undefined; stage = stage.base) {
    for (const instruction of stage.instructions) {
      if (instruction.name !== 'label') continue;
      for (const { name } of pairs(view.tree, instruction)) present.add(unquoted(name));
    }
  }
  return [...labels.keys()]
    .filter((key) => !present.has(key))
    .map((key) => ({
      instruction: last.from,
      span: last.from.keywordSpan,
      message: `Label ${key} is missing`,
    }));
}
