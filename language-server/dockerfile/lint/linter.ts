/**
 * Which rules speak up: `# check=` at the top, BUILDKIT_DOCKERFILE_CHECK, and `# check=` comments
 * right above an instruction.
 */
import { DirectiveReader } from '../parser/directives';
import { asRunes } from '../text/bytes';
import { cut, parseBool, quote, trimSpace } from '../text/go';
import type { Lines, Span } from '../text/span';
import type { LintRule } from './rules';
import type { LintWarning } from './warning';

export type LintConfig = {
  readonly skipAll: boolean;
  readonly skip: readonly string[];
  readonly experimentalAll: boolean;
  readonly experimental: readonly string[];
  /** Warnings make the build fail. */
  readonly error: boolean;
  /** `# check=` comments above instructions are passed over, as by frontends before 0.27. */
  readonly fileOnly?: boolean;
};

const nothing: LintConfig = {
  skipAll: false,
  skip: [],
  experimentalAll: false,
  experimental: [],
  error: false,
};

/** At most this many `;` parts are told apart. */
const maxParts = 3;

/**
 * Reads the value of a check directive.
 * @throws Error with BuildKit's message.
 */
export function parseLintConfig(value: string): LintConfig {
  const text = trimSpace(value);
  if (text === '') return nothing;
  let config = nothing;
  for (const part of splitAtMost(text, ';', maxParts)) {
    const [left, right, found] = cut(part, '=');
    if (!found) throw new Error(`invalid check option ${quote(part)}`);
    const key = trimSpace(left);
    const trimmed = trimSpace(right);
    const names = trimmed.split(',').map(trimSpace);
    if (key === 'skip') {
      config = trimmed === 'all' ? { ...config, skipAll: true } : { ...config, skip: names };
    } else if (key === 'experimental') {
      config =
        trimmed === 'all'
          ? { ...config, experimentalAll: true }
          : { ...config, experimental: names };
    } else if (key === 'error') {
      const error = parseBool(trimmed);
      if (error === undefined) {
        throw new Error(
          `failed to parse check option ${quote(part)}: strconv.ParseBool: parsing ${quote(trimmed)}: invalid syntax`,
        );
      }
      config = { ...config, error };
    } else throw new Error(`invalid check option ${quote(key)}`);
  }
  return config;
}

function splitAtMost(text: string, separator: string, count: number): string[] {
  const parts = text.split(separator);
  if (parts.length <= count) return parts;
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)];
}

/** The place a rule speaks of: BuildKit's lines, and the tokens where we know them. */
export type LintPlace = {
  readonly lines?: Lines | undefined;
  readonly spans?: readonly Span[] | undefined;
  /** See {@link LintWarning}. */
  readonly subject?: string;
  readonly suggestion?: string | undefined;
};

/** Collects warnings under a configuration. */
export class Linter {
  private constructor(
    private readonly config: LintConfig,
    private readonly sink:
      { readonly warnings: LintWarning[]; readonly called: Set<string> } | undefined,
  ) {}

  static collecting(config: LintConfig): Linter {
    return new Linter(config, { warnings: [], called: new Set() });
  }

  /** A linter that says nothing: BuildKit warns for the first platform of a build only. */
  static silent(config: LintConfig): Linter {
    return new Linter(config, undefined);
  }

  /** The same configuration, collecting on its own if this one collects. */
  apart(): Linter {
    return this.sink === undefined ? this : Linter.collecting(this.config);
  }

  /** The same configuration, saying nothing. */
  silenced(): Linter {
    return Linter.silent(this.config);
  }

  get warnings(): readonly LintWarning[] {
    return this.sink?.warnings ?? [];
  }

  /** Names the configuration: linters of one name speak up about the same. */
  get key(): string {
    return JSON.stringify([this.config, this.sink !== undefined]);
  }

  /** Warnings that were made elsewhere under the same configuration. */
  repeat(warnings: readonly LintWarning[]): void {
    for (const warning of warnings) {
      this.sink?.called.add(warning.rule);
      this.sink?.warnings.push(warning);
    }
  }

  /** The linter for one instruction, given the comment block above it. */
  above(comments: readonly string[]): Linter {
    if (this.config.fileOnly === true) return this;
    for (const comment of comments) {
      if (!/check/i.test(comment)) continue;
      const found = new DirectiveReader('').read(comment);
      if (found?.name !== 'check') continue;
      let config: LintConfig;
      try {
        config = parseLintConfig(cut(found.value, ' ')[0]);
      } catch {
        return this; // BuildKit ignores a comment that it cannot read.
      }
      return new Linter(merge(this.config, config), this.sink);
    }
    return this;
  }

  report(rule: LintRule, detail: string, place: LintPlace): void {
    if (this.sink === undefined) return;
    const { config } = this;
    const off = rule.experimental
      ? !config.experimentalAll && !config.experimental.includes(rule.name)
      : config.skipAll || config.skip.includes(rule.name);
    if (off) return;
    this.sink.called.add(rule.name);
    this.sink.warnings.push({
      rule: rule.name,
      description: rule.description,
      url: rule.url,
      detail: asRunes(detail),
      ...(place.lines !== undefined && { lines: place.lines }),
      spans: place.spans ?? [],
      ...(place.subject !== undefined && { subject: place.subject }),
      ...(place.suggestion !== undefined && { suggestion: place.suggestion }),
    });
  }

  /** What the build fails with under `error=true`, after a rule has spoken. */
  error(): string | undefined {
    const called = this.sink?.called ?? new Set();
    if (!this.config.error || called.size === 0) return undefined;
    return `lint violation found for rules: ${[...called].join(', ')}`;
  }
}

/** `error` of an instruction's own comment has no effect. */
function merge(base: LintConfig, own: LintConfig): LintConfig {
  return {
    skipAll: base.skipAll || own.skipAll,
    skip: [...base.skip, ...own.skip],
    experimentalAll: base.experimentalAll || own.experimentalAll,
    experimental: [...base.experimental, ...own.experimental],
    error: base.error,
  };
}
