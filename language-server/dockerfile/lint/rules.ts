/**
 * BuildKit's lint rules as data: names, texts and addresses are its own.
 * `detail` builds what is said about one place.
 */
import { quote } from '../text/go';

const base = 'https://docs.docker.com/go/dockerfile/rule/';

type Rule<Parts extends readonly string[]> = {
  readonly name: string;
  readonly description: string;
  /** Empty when BuildKit has no page for it. */
  readonly url: string;
  readonly detail: (...parts: Parts) => string;
} & Required<Traits>;
export type LintRule = Omit<Rule<readonly string[]>, 'detail'>;

type Traits = {
  /** Off unless `experimental=` asks for it. */
  readonly experimental?: boolean;
  /** It is about something that still works but should go. */
  readonly deprecation?: boolean;
  /**
   * `file`: it looks at the file as a whole, or is led by another instruction than the one that it
   * points at, so that a `# check=` comment above this one does not reach it.
   */
  readonly reach?: 'file' | 'instruction';
  /** An ONBUILD trigger of a base image may be meant, which is found at its FROM. */
  readonly ofTriggers?: boolean;
};

function rule<Parts extends readonly string[]>(
  name: string,
  slug: string,
  description: string,
  detail: (...parts: Parts) => string,
  traits: Traits = {},
): Rule<Parts> {
  return {
    name,
    description,
    url: slug === '' ? '' : `${base}${slug}/`,
    detail,
    experimental: false,
    deprecation: false,
    reach: 'instruction',
    ofTriggers: false,
    ...traits,
  };
}

function hint(suggestion: string, sigil = ''): string {
  return suggestion === '' ? '' : ` (did you mean ${sigil}${suggestion}?)`;
}

export const rules = {
  stageNameCasing: rule(
    'StageNameCasing',
    'stage-name-casing',
    'Stage names should be lowercase',
    (name: string) => `Stage name '${name}' should be lowercase`,
  ),
  fromAsCasing: rule(
    'FromAsCasing',
    'from-as-casing',
    "The 'as' keyword should match the case of the 'from' keyword",
    (from: string, as: string) => `'${as}' and '${from}' keywords' casing do not match`,
  ),
  noEmptyContinuation: rule(
    'NoEmptyContinuation',
    'no-empty-continuation',
    'Empty continuation lines will become errors in a future release',
    () => 'Empty continuation line',
    { reach: 'file' },
  ),
  consistentInstructionCasing: rule(
    'ConsistentInstructionCasing',
    'consistent-instruction-casing',
    'All commands within the Dockerfile should use the same casing (either upper or lower)',
    (command: string, casing: string) =>
      `Command '${command}' should match the case of the command majority (${casing})`,
    { reach: 'file' },
  ),
  duplicateStageName: rule(
    'DuplicateStageName',
    'duplicate-stage-name',
    'Stage names should be unique',
    (name: string) => `Duplicate stage name ${quote(name)}, stage names should be unique`,
    { reach: 'file' },
  ),
  reservedStageName: rule(
    'ReservedStageName',
    'reserved-stage-name',
    'Reserved words should not be used as stage names',
    (name: string) => `Stage name should not use the same name as reserved stage ${quote(name)}`,
    { reach: 'file' },
  ),
  jsonArgsRecommended: rule(
    'JSONArgsRecommended',
    'json-args-recommended',
    'JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals',
    (command: string) =>
      `JSON arguments recommended for ${command} to prevent unintended behavior related to OS signals`,
    { ofTriggers: true },
  ),
  maintainerDeprecated: rule(
    'MaintainerDeprecated',
    'maintainer-deprecated',
    'The MAINTAINER instruction is deprecated, use a label instead to define an image author',
    () => 'Maintainer instruction is deprecated in favor of using label',
    { deprecation: true },
  ),
  undefinedArgInFrom: rule(
    'UndefinedArgInFrom',
    'undefined-arg-in-from',
    'FROM command must use declared ARGs',
    (name: string, suggestion: string) =>
      `FROM argument '${name}' is not declared${hint(suggestion)}`,
  ),
  workdirRelativePath: rule(
    'WorkdirRelativePath',
    'workdir-relative-path',
    'Relative workdir without an absolute workdir declared within the build can have unexpected results if the base image changes',
    (path: string) =>
      `Relative workdir ${quote(path)} can have unexpected results if the base image changes`,
    { ofTriggers: true },
  ),
  undefinedVar: rule(
    'UndefinedVar',
    'undefined-var',
    'Variables should be defined before their use',
    (name: string, suggestion: string) =>
      `Usage of undefined variable '$${name}'${hint(suggestion, '$')}`,
    { ofTriggers: true },
  ),
  multipleInstructionsDisallowed: rule(
    'MultipleInstructionsDisallowed',
    'multiple-instructions-disallowed',
    'Multiple instructions of the same type should not be used in the same stage',
    (command: string) =>
      `Multiple ${command} instructions should not be used in the same stage because only the last one will be used`,
    { reach: 'file', ofTriggers: true },
  ),
  legacyKeyValueFormat: rule(
    'LegacyKeyValueFormat',
    'legacy-key-value-format',
    'Legacy key/value format with whitespace separator should not be used',
    (command: string) =>
      `"${command} key=value" should be used instead of legacy "${command} key value" format`,
    { ofTriggers: true },
  ),
  invalidBaseImagePlatform: rule(
    'InvalidBaseImagePlatform',
    '',
    'Base image platform does not match expected target platform',
    (image: string, expected: string, actual: string) =>
      `Base image ${image} was pulled with platform ${quote(actual)}, expected ${quote(expected)} for current build`,
    { reach: 'file' },
  ),
  redundantTargetPlatform: rule(
    'RedundantTargetPlatform',
    'redundant-target-platform',
    'Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior',
    (expression: string) =>
      `Setting platform to predefined ${expression} in FROM is redundant as this is the default behavior`,
  ),
  secretsUsedInArgOrEnv: rule(
    'SecretsUsedInArgOrEnv',
    'secrets-used-in-arg-or-env',
    'Sensitive data should not be used in the ARG or ENV commands',
    (instruction: string, key: string) =>
      `Do not use ARG or ENV instructions for sensitive data (${instruction} ${quote(key)})`,
  ),
  invalidDefaultArgInFrom: rule(
    'InvalidDefaultArgInFrom',
    'invalid-default-arg-in-from',
    'Default value for global ARG results in an empty or invalid base image name',
    (image: string) => `Default value for ARG ${image} results in empty or invalid base image name`,
    { reach: 'file' },
  ),
  fromPlatformFlagConstDisallowed: rule(
    'FromPlatformFlagConstDisallowed',
    'from-platform-flag-const-disallowed',
    'FROM --platform flag should not use a constant value',
    (platform: string) => `FROM --platform flag should not use constant value ${quote(platform)}`,
  ),
  copyIgnoredFile: rule(
    'CopyIgnoredFile',
    'copy-ignored-file',
    'Attempting to Copy file that is excluded by .dockerignore',
    (command: string, file: string) =>
      `Attempting to ${command} file ${quote(file)} that is excluded by .dockerignore`,
  ),
  invalidDefinitionDescription: rule(
    'InvalidDefinitionDescription',
    'invalid-definition-description',
    'Comment for build stage or argument should follow the format: `# <arg/stage name> <description>`. If this is not intended to be a description comment, add an empty line or comment between the instruction and the comment.',
    (instruction: string, name: string) =>
      `Comment for ${instruction} should follow the format: \`# ${name} <description>\``,
    { experimental: true },
  ),
  exposeProtoCasing: rule(
    'ExposeProtoCasing',
    'expose-proto-casing',
    'Protocol in EXPOSE instruction should be lowercase',
    (port: string) => `Defined protocol '${port}' in EXPOSE instruction should be lowercase`,
    { ofTriggers: true },
  ),
  exposeInvalidFormat: rule(
    'ExposeInvalidFormat',
    'expose-invalid-format',
    'IP address and host-port mapping should not be used in EXPOSE instruction. This will become an error in a future release',
    (port: string) =>
      `EXPOSE instruction should not define an IP address or host-port mapping, found '${port}'`,
    { ofTriggers: true },
  ),
};

/** All rules, for lists of names and documentation links. */
export const allRules: readonly LintRule[] = Object.values(rules);

const byName = new Map(allRules.map((each) => [each.name, each]));

/** Undefined for a name that is no rule's. */
export function ruleNamed(name: string): LintRule | undefined {
  return byName.get(name);
}
