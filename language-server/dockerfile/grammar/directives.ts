/** Parser directives: `# name=value` at the very top of a file. */
import type { Availability, Choice, ValueSpec } from './specification';

export type DirectiveSpec = Availability & {
  readonly docs: string;
  readonly value: ValueSpec;
};

const checkChoices = [
  { value: 'skip=', docs: 'Rules that stay silent, separated by commas; `all` for every rule.' },
  { value: 'error=true', docs: 'A warning fails the build.' },
  { value: 'experimental=', docs: 'Experimental rules to switch on; `all` for every one.' },
] as const satisfies readonly Choice[];

export const directiveSpecs = {
  syntax: {
    docs: 'The image of the frontend that reads this file, usually `docker/dockerfile:1`. Without it the builder uses the frontend that it comes with.',
    value: { kind: 'image', fallback: "the builder's own frontend" },
  },
  escape: {
    docs: 'The character that escapes others and, at the end of a line, continues the instruction on the next. `` ` `` is handy where paths are written with `\\`.',
    value: {
      kind: 'choice',
      fallback: '\\',
      choices: [
        { value: '\\', docs: 'A backslash.' },
        { value: '`', docs: 'A backtick.' },
      ],
    },
  },
  check: {
    docs: 'Which build checks speak up, in up to three parts separated by `;`. Above an instruction, as a comment, it counts for that instruction alone.',
    value: { kind: 'choice', choices: checkChoices },
    since: '1.8',
  },
} as const satisfies Readonly<Record<string, DirectiveSpec>>;
