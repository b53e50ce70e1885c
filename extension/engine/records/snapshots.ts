/**
 * Whether a builder still keeps what a step made.
 *
 * BuildKit tells of its snapshots what made them and when, not for which vertex. The vertex's name
 * (or an exec's command) and the time in which it ran, by the same clock, find it again.
 */
import type { UsageRecord } from '../../../proto/generated/control';
import type { OpKind } from '../../../proto/model/op';
import { milliseconds } from '../progress/status-update';
import type { VertexRecord } from './build-record';
import type { KnownResult } from './build-memory';

/** Milliseconds that the times of a vertex and of its snapshot may lie apart. */
const slack = 5;

export class Snapshots {
  /** Times of creation by description. */
  private readonly made = new Map<string, number[]>();

  constructor(private readonly records: readonly UsageRecord[]) {
    for (const { description, createdAt } of records) {
      const times = this.made.get(description) ?? [];
      times.push(milliseconds(createdAt) ?? 0);
      this.made.set(description, times);
    }
  }

  /**
   * What a step added to the file system when it ran, in bytes. Undefined where the builder does
   * not keep it, or where it cannot be told from what another step made at that time.
   */
  sizeOf({ started, completed, fullName, facts }: VertexRecord): number | undefined {
    if (started === undefined || completed === undefined) return undefined;
    const command = facts['command'];
    const isOfStep = (description: string): boolean =>
      command === undefined
        ? description === fullName
        : words(JSON.stringify(description)) === words(`${execPrefix}${command}`);
    const found = this.records.filter(({ description, createdAt }) => {
      const time = milliseconds(createdAt) ?? 0;
      return time >= started - slack && time <= completed + slack && isOfStep(description);
    });
    const [only] = found;
    return only === undefined || found.length > 1 ? undefined : Number(only.size);
  }

  /**
   * @param step as it is now
   * @param op what it does
   */
  has({ runs }: KnownResult, step: VertexRecord, op: OpKind): boolean {
    // BuildKit keeps no snapshot of its own for what an image or another source brings.
    if (op.kind === 'source') return true;
    if (runs.length === 0) return this.made.has(description(step, op));
    return runs.some((run) =>
      (this.made.get(description(run, op)) ?? []).some(
        (time) => time >= (run.started ?? Infinity) - slack && time <= (run.completed ?? 0) + slack,
      ),
    );
  }
}

/** A command without the ways to quote it: BuildKit joins the arguments, the record quotes them. */
const words = (text: string): string => text.replace(/\W/g, '');

/** How BuildKit begins to describe the root of an exec's container. */
const execPrefix = 'mount / from exec ';

function description({ fullName }: VertexRecord, op: OpKind): string {
  return op.kind === 'exec' ? `${execPrefix}${op.meta.args.join(' ')}` : fullName;
}
