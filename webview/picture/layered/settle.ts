/**
 * Draws together what the pushes left apart: everything moves towards what it is joined to, as far
 * as its neighbours let it. First whole stages move, with all the columns that stand in them, then
 * single columns; the sides of the stages follow. No distance is ever broken on the way.
 */
import type { Columns } from './alignment';
import type { Sheet } from './model';

/** "`to` stands at least `least` to the right of `from`", between bodies. */
export type Distance = { readonly from: number; readonly to: number; readonly least: number };

/** A body is a column, or (after all columns) the two sides of each group. */
export type Bodies = {
  readonly sheet: Sheet;
  readonly columns: Columns;
  readonly groupCount: number;
  readonly distances: readonly Distance[];
  /** Distances by the body on their right, and by the one on their left. */
  readonly before: readonly (readonly number[])[];
  readonly after: readonly (readonly number[])[];
  /** Bodies from left to right. */
  readonly order: readonly number[];
};

/** A pull between two bodies: `b` would like to stand `apart` right of `a`. */
type Pull = { readonly a: number; readonly b: number; readonly apart: number; weight: number };

const ENOUGH = 0.5;

export function settle(bodies: Bodies, start: Float64Array, rounds: number): Float64Array {
  const at = Float64Array.from(start);
  const pulls = pullsOf(bodies);
  const units = unitsOf(bodies);
  const singles = bodies.order.filter((body) => body < bodies.columns.count);
  const pullsByUnit = byUnit(pulls, units.unit, units.members.length);
  const ownPulls = byUnit(pulls, null, bodies.columns.count);
  const unitOrder = units.members
    .map((members, unit) => ({ unit, first: Math.min(...members.map((body) => at[body] ?? 0)) }))
    .sort((a, b) => a.first - b.first)
    .map(({ unit }) => unit);

  for (let round = 0; round < rounds; round += 1) {
    let moved = 0;
    for (const list of [unitOrder, [...unitOrder].reverse()]) {
      for (const unit of list) {
        const members = units.members[unit] ?? [];
        const wish = medianPull(at, pullsByUnit[unit] ?? [], (body) => units.unit[body] === unit);
        if (Math.abs(wish) < ENOUGH) continue;
        const [low, high] = freedom(bodies, at, members, (body) => units.unit[body] === unit);
        const step = Math.min(high, Math.max(low, wish));
        if (Math.abs(step) < ENOUGH) continue;
        for (const body of members) at[body] = (at[body] ?? 0) + step;
        moved += 1;
      }
    }
    for (const list of [singles, [...singles].reverse()]) {
      for (const body of list) {
        const wish = medianPull(at, ownPulls[body] ?? [], (other) => other === body);
        if (Math.abs(wish) < ENOUGH) continue;
        if (moveColumn(bodies, at, body, wish)) moved += 1;
      }
    }
    for (let group = 0; group < bodies.groupCount; group += 1) tighten(bodies, at, group);
    if (moved === 0) break;
  }
  return at;
}

function pullsOf({ sheet, columns }: Bodies): readonly Pull[] {
  const pulls: Pull[] = [];
  for (const { upper, lower, out, in: into, straightness } of sheet.pieces) {
    const a = columns.column[upper] ?? 0;
    const b = columns.column[lower] ?? 0;
    if (a === b) continue;
    const apart = (columns.shift[upper] ?? 0) + out - (columns.shift[lower] ?? 0) - into;
    pulls.push({ a, b, apart, weight: 1 + straightness });
  }
  return pulls;
}

/** Groups and the columns that stand in them: what hangs together moves together. */
function unitsOf({ sheet, columns, groupCount }: Bodies): {
  readonly unit: Int32Array;
  readonly members: readonly (readonly number[])[];
} {
  const total = columns.count + 2 * groupCount;
  const parent = Int32Array.from({ length: total }, (_, body) => body);
  const root = (body: number): number => {
    let top = body;
    while (parent[top] !== top) top = parent[top] ?? top;
    parent[body] = top;
    return top;
  };
  for (let group = 0; group < groupCount; group += 1) {
    const open = columns.count + 2 * group;
    parent[root(open + 1)] = root(open);
  }
  sheet.items.forEach(({ group }, item) => {
    if (group < 0) return;
    parent[root(columns.column[item] ?? 0)] = root(columns.count + 2 * group);
  });
  const unit = new Int32Array(total).fill(-1);
  const members: number[][] = [];
  for (let body = 0; body < total; body += 1) {
    const top = root(body);
    if ((unit[top] ?? -1) < 0) {
      unit[top] = members.length;
      members.push([]);
    }
    unit[body] = unit[top] ?? 0;
    members[unit[body] ?? 0]?.push(body);
  }
  return { unit, members };
}

function byUnit(
  pulls: readonly Pull[],
  unit: Int32Array | null,
  count: number,
): readonly (readonly Pull[])[] {
  const lists: Pull[][] = Array.from({ length: count }, () => []);
  for (const pull of pulls) {
    const a = unit === null ? pull.a : (unit[pull.a] ?? 0);
    const b = unit === null ? pull.b : (unit[pull.b] ?? 0);
    if (a === b) continue;
    lists[a]?.push(pull);
    lists[b]?.push(pull);
  }
  return lists;
}

/**
 * How far its pulls would move a unit: the weighted median, which makes its lines shortest in all,
 * and of two equally good places the nearer one.
 */
function medianPull(
  at: Float64Array,
  pulls: readonly Pull[],
  own: (body: number) => boolean,
): number {
  const gaps = pulls.map((pull) => {
    const gap = (at[pull.b] ?? 0) - (at[pull.a] ?? 0) - pull.apart;
    return { gap: own(pull.a) ? gap : -gap, weight: pull.weight };
  });
  gaps.sort((a, b) => a.gap - b.gap);
  const half = gaps.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let sum = 0;
  for (const [index, { gap, weight }] of gaps.entries()) {
    sum += weight;
    if (sum < half) continue;
    const next = gaps[index + 1]?.gap ?? gap;
    return sum === half && Math.abs(next) < Math.abs(gap) ? next : gap;
  }
  return 0;
}

/** How far members may move together, to the left (negative) and to the right. */
function freedom(
  { distances, before, after }: Bodies,
  at: Float64Array,
  members: readonly number[],
  own: (body: number) => boolean,
): readonly [low: number, high: number] {
  let low = -Infinity;
  let high = Infinity;
  for (const body of members) {
    const here = at[body] ?? 0;
    for (const index of before[body] ?? []) {
      const distance = distances[index];
      if (distance === undefined || own(distance.from)) continue;
      low = Math.max(low, (at[distance.from] ?? 0) + distance.least - here);
    }
    for (const index of after[body] ?? []) {
      const distance = distances[index];
      if (distance === undefined || own(distance.to)) continue;
      high = Math.min(high, (at[distance.to] ?? 0) - distance.least - here);
    }
  }
  return [Math.min(0, low), Math.max(0, high)];
}

/** Moves one column; the sides of its groups give way as far as they can. */
function moveColumn(bodies: Bodies, at: Float64Array, body: number, wish: number): boolean {
  const { distances, columns } = bodies;
  const towards = wish < 0 ? 'from' : 'to';
  const limits = (of: number): readonly number[] =>
    (wish < 0 ? bodies.before[of] : bodies.after[of]) ?? [];
  const sign = wish < 0 ? -1 : 1;
  const sides: { readonly side: number; readonly least: number }[] = [];
  let room = Infinity;
  for (const index of limits(body)) {
    const distance = distances[index];
    if (distance === undefined) continue;
    const other = distance[towards];
    const gap = sign * ((at[other] ?? 0) - (at[body] ?? 0)) - distance.least;
    if (other < columns.count) {
      room = Math.min(room, gap);
      continue;
    }
    sides.push({ side: other, least: distance.least });
    let give = Infinity;
    for (const next of limits(other)) {
      const beyond = distances[next];
      if (beyond === undefined) continue;
      give = Math.min(give, sign * ((at[beyond[towards]] ?? 0) - (at[other] ?? 0)) - beyond.least);
    }
    room = Math.min(room, gap + Math.max(0, give));
  }
  const step = Math.min(Math.abs(wish), Math.max(0, room));
  if (step < ENOUGH) return false;
  const place = (at[body] ?? 0) + sign * step;
  at[body] = place;
  for (const { side, least } of sides) {
    const wanted = place + sign * least;
    at[side] = wish < 0 ? Math.min(at[side] ?? 0, wanted) : Math.max(at[side] ?? 0, wanted);
  }
  return true;
}

/** Brings the sides of a group in to what stands inside. */
function tighten(
  { distances, before, after, columns }: Bodies,
  at: Float64Array,
  group: number,
): void {
  const open = columns.count + 2 * group;
  const close = open + 1;
  let left = Infinity;
  let width = 0;
  for (const index of after[open] ?? []) {
    const distance = distances[index];
    if (distance === undefined) continue;
    if (distance.to === close) width = distance.least;
    else left = Math.min(left, (at[distance.to] ?? 0) - distance.least);
  }
  let right = -Infinity;
  for (const index of before[close] ?? []) {
    const distance = distances[index];
    if (distance === undefined || distance.from === open) continue;
    right = Math.max(right, (at[distance.from] ?? 0) + distance.least);
  }
  if (left === Infinity || right === -Infinity) return;
  const end = Math.min(at[close] ?? right, Math.max(right, left + width));
  at[close] = end;
  at[open] = Math.max(at[open] ?? left, Math.min(left, end - width));
}
