/** The breakpoints of a session at a terminal, by the numbers that they are called by. */
import { basename, resolve } from 'node:path';
import { exceptionFilters } from '../../debug-adapter/breakpoints';
import { RequestError } from '../../debug-adapter/connection';
import type { TerminalSession } from './session';

type Line = {
  readonly kind: 'line';
  readonly path: string;
  readonly line: number;
  readonly condition?: string;
};
type Watch = { readonly kind: 'watch'; readonly path: string };

export class BreakpointList {
  private readonly all = new Map<number, Line | Watch>();
  private filters: readonly string[];
  private last = 0;

  /** @param file the file that a line is of where none is named; undefined where there is none */
  constructor(private readonly file: string | undefined) {
    this.filters = exceptionFilters.flatMap((one) => (one.default === true ? [one.filter] : []));
  }

  list(): string {
    const rows = [...this.all].map(([number, one]) => `${number}  ${textOf(one)}`);
    return [...rows, this.caught()].join('\n');
  }

  /** @param text `LINE`, `FILE:LINE`, either with `if CONDITION` behind it */
  async add(session: TerminalSession, text: string): Promise<string> {
    const [, name, digits, condition] = /^(?:(.+):)?(\d+)(?:\s+if\s+(.+))?$/.exec(text) ?? [];
    const path = name === undefined ? this.file : resolve(name);
    if (digits === undefined || path === undefined) {
      throw new RequestError('Say LINE or FILE:LINE, for example 12 or 12 if NAME == value.');
    }
    const line = Number(digits);
    const one: Line = {
      kind: 'line',
      path,
      line,
      ...(condition === undefined ? {} : { condition }),
    };
    const number = ++this.last;
    this.all.set(number, one);
    const answer = (await this.sendLines(session, path)).get(number);
    if (answer?.line !== undefined) this.all.set(number, { ...one, line: answer.line });
    const set = this.all.get(number) ?? one;
    if (answer?.verified !== false) return `${number}  ${textOf(set)}`;
    return `${number}  ${textOf(set)}: ${answer.message ?? 'nothing stops there'}`;
  }

  async watch(session: TerminalSession, path: string): Promise<string> {
    const number = ++this.last;
    this.all.set(number, { kind: 'watch', path });
    try {
      await this.sendWatches(session);
    } catch (error) {
      this.all.delete(number);
      throw error;
    }
    return `${number}  ${textOf({ kind: 'watch', path })}`;
  }

  async catch(session: TerminalSession, filters: readonly string[]): Promise<string> {
    if (filters.length > 0) {
      const known = new Set<string>(exceptionFilters.map(({ filter }) => filter));
      const odd = filters.find((one) => !known.has(one) && one !== 'none');
      if (odd !== undefined) {
        throw new RequestError(`There is no "${odd}"; there are ${[...known].join(', ')}, none.`);
      }
      this.filters = filters.filter((one) => one !== 'none');
      await this.sendFilters(session);
    }
    return this.caught();
  }

  /** @param text a number; all go where it is empty */
  async delete(session: TerminalSession, text: string): Promise<undefined> {
    const gone = text === '' ? [...this.all.keys()] : [Number(text)];
    for (const number of gone) {
      const one = this.all.get(number);
      if (one === undefined) throw new RequestError(`There is no breakpoint ${text}.`);
      this.all.delete(number);
      if (one.kind === 'line') await this.sendLines(session, one.path);
      else await this.sendWatches(session);
    }
    return undefined;
  }

  sendFilters(session: TerminalSession): Promise<unknown> {
    return session.request('setExceptionBreakpoints', { filters: this.filters });
  }

  /** What the adapter says of the breakpoints of a file, by their numbers. */
  private async sendLines(session: TerminalSession, path: string) {
    const lines = [...this.all].flatMap(([number, one]) =>
      one.kind === 'line' && one.path === path ? [{ ...one, number }] : [],
    );
    const { breakpoints } = await session.request('setBreakpoints', {
      source: { path },
      breakpoints: lines.map(({ line, condition }) => ({
        line,
        ...(condition === undefined ? {} : { condition }),
      })),
    });
    return new Map(lines.map(({ number }, index) => [number, breakpoints[index]]));
  }

  private async sendWatches(session: TerminalSession): Promise<void> {
    const breakpoints = [...this.all.values()].flatMap((one) =>
      one.kind === 'watch' ? [{ dataId: one.path }] : [],
    );
    await session.request('setDataBreakpoints', { breakpoints });
  }

  private caught(): string {
    const labels = exceptionFilters
      .filter(({ filter }) => this.filters.includes(filter))
      .map(({ label }) => label.toLowerCase());
    return `catch: ${labels.length === 0 ? 'none' : labels.join(', ')}`;
  }
}

function textOf(one: Line | Watch): string {
  if (one.kind === 'watch') return `watch ${one.path}`;
  const { path, line, condition } = one;
  return `${basename(path)}:${line}${condition === undefined ? '' : ` if ${condition}`}`;
}
