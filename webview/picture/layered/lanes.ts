/**
 * A small picture made narrow enough for a panel beside an editor: what has no place in its row any
 * more goes further down, and what comes after it moves down too.
 *
 * A block is a group, or a vertex that is in none; a lane is as wide as one of them. Blocks are placed
 * one after the other, each as far up as its inputs and the lanes allow, and keep their place free in
 * every row from their first to their last. Short ones without inputs (base images, the build
 * context) wait for the first that uses them and stand right above it. What stood in lanes before goes no
 * further up, and stays in its lane.
 */
import type { Lanes } from '../layout';
import type { Spacing } from './distances';
import { NO_GROUP } from './model';
import type { Link, Sheet, Vertex } from './model';

/** How many rows further up than right above its user a block without inputs may stand. */
const SLACK = 3;
/** Of no more steps than this. */
const SHORT = 2;
const AS_MANY: Lanes = { count: Infinity, places: new Map() };

export type Sizes = {
  readonly spacing: Spacing;
  /** By group, the least that it takes across. */
  readonly widths: readonly number[];
};

export type Narrowed = {
  readonly rows: Int32Array;
  /** By number of a block (see {@link blockOf}), the lane it stands in. */
  readonly lanes: Float64Array;
};

/**
 * The number of the block that an item is in: its group's, else one after those of all groups;
 * {@link NO_GROUP} for lines outside of groups.
 */
export function blockOf({ items, spans }: Sheet, item: number): number {
  const group = items.groups[item] ?? NO_GROUP;
  return group !== NO_GROUP || item >= items.vertices ? group : spans.length + item;
}

/** How many lanes rows take. */
export function lanesOf(
  rows: Int32Array,
  vertices: readonly Vertex[],
  links: readonly Link[],
  sizes: Sizes,
): number {
  return new Packing(vertices, links, sizes, AS_MANY).lanesIn(rows);
}

/**
 * @param rows what stands further up in them is placed first
 * @returns undefined where groups need each other, so that none can stand above the other
 */
export function rowsInLanes(
  rows: Int32Array,
  vertices: readonly Vertex[],
  links: readonly Link[],
  sizes: Sizes,
  lanes: Lanes,
): Narrowed | undefined {
  return new Packing(vertices, links, sizes, lanes).packed(rows);
}

/** What a block is made of, and what it touches. */
type Block = {
  /** Vertices in the order of the graph. */
  readonly members: readonly number[];
  readonly group: number;
  /** Where it stood before, if it did. */
  old: { row: number; readonly lane: number } | undefined;
  lane: number;
  /** Blocks that lead to this one. */
  readonly above: Set<Block>;
  used: boolean;
};

class Packing {
  private readonly blocks: readonly Block[];
  private readonly blockOf: readonly Block[];
  private readonly inputs: readonly number[][];
  private readonly users: readonly number[][];
  private readonly card: number;
  private readonly lane: number;
  /** By vertex, its row where it has one already. */
  private rows: (number | undefined)[] = [];
  /** By row, the lanes that are taken. */
  private taken: ReadonlySet<number>[] = [];

  constructor(
    vertices: readonly Vertex[],
    links: readonly Link[],
    private readonly sizes: Sizes,
    private readonly lanes: Lanes,
  ) {
    const byGroup = new Map<number, Block & { readonly members: number[] }>();
    const blocks: Block[] = [];
    this.blockOf = vertices.map(({ id, group }, vertex) => {
      const place = lanes.places.get(id);
      const known = group === NO_GROUP ? undefined : byGroup.get(group);
      if (known !== undefined) {
        known.members.push(vertex);
        known.old ??= place && { ...place };
        if (known.old !== undefined && place !== undefined)
          known.old.row = Math.min(known.old.row, place.row);
        return known;
      }
      const old = place && { ...place };
      const block = {
        members: [vertex],
        group,
        old,
        lane: 0,
        above: new Set<Block>(),
        used: false,
      };
      byGroup.set(group, block);
      blocks.push(block);
      return block;
    });
    this.blocks = blocks;
    this.inputs = vertices.map(() => []);
    this.users = vertices.map(() => []);
    for (const { from, to } of links) {
      this.inputs[to]?.push(from);
      this.users[from]?.push(to);
      const [upper, lower] = [this.blockOf[from], this.blockOf[to]];
      if (upper === undefined || lower === undefined || upper === lower) continue;
      upper.used = true;
      lower.above.add(upper);
    }
    this.card = vertices.reduce((most, { across }) => Math.max(most, across), 1);
    this.lane = blocks.reduce((most, { group }) => Math.max(most, this.width(group, 1)), 0);
  }

  /** How many lanes the widest of these rows takes. */
  lanesIn(rows: Int32Array): number {
    this.rows = Array.from(rows);
    const taken: number[] = [];
    for (const block of this.blocks) {
      const { first, last, lanes } = this.extent(block);
      for (let row = first; row <= last; row += 1) taken[row] = (taken[row] ?? 0) + lanes;
    }
    return taken.reduce((most, lanes) => Math.max(most, lanes), 0);
  }

  /**
   * @param wanted whose order is kept where two blocks could come next
   * @returns undefined where groups need each other, so that none can stand above the other
   */
  packed(wanted: Int32Array): Narrowed | undefined {
    this.rows = [];
    this.taken = [];
    const top = ({ members, old }: Block): number => old?.row ?? wanted[members[0] ?? 0] ?? 0;
    const left = new Set(
      this.blocks.filter((block) => !isSource(block)).sort((a, b) => top(a) - top(b)),
    );
    while (left.size > 0) {
      const next = [...left].find(({ above }) =>
        [...above].every((other) => isSource(other) || !left.has(other)),
      );
      if (next === undefined) return undefined;
      left.delete(next);
      this.place(next);
    }
    const groups = this.sizes.widths.length;
    const lanes = new Float64Array(groups + wanted.length);
    for (const { group, lane, members } of this.blocks)
      lanes[group === NO_GROUP ? groups + (members[0] ?? 0) : group] = lane;
    const taken = [...new Set(this.rows)].sort((a = 0, b = 0) => a - b);
    return {
      rows: Int32Array.from(wanted.keys(), (vertex) => taken.indexOf(this.rows[vertex])),
      lanes,
    };
  }

  /** As far up as there is room for it and for what waits for it. */
  private place(block: Block): void {
    const sources = [...block.above].filter((other) => !this.isPlaced(other));
    const before = { rows: [...this.rows], taken: [...this.taken] };
    for (let start = block.old?.row ?? 0; start < before.taken.length; start += 1) {
      this.lay(block, start);
      if (this.claim(block) && sources.every((source) => this.placeAbove(source, SLACK))) return;
      this.rows = [...before.rows];
      this.taken = [...before.taken];
    }
    // Below everything there is room for the block itself; what waits for it goes where it can.
    this.lay(block, Math.max(before.taken.length, block.old?.row ?? 0));
    this.claim(block);
    for (const source of sources) this.placeAbove(source, Infinity);
  }

  /** Right above the first of its users, or up to so many rows further up. */
  private placeAbove(source: Block, slack: number): boolean {
    const rowsBelow = source.members
      .flatMap((vertex) => this.users[vertex] ?? [])
      .flatMap((user) => this.rows[user] ?? []);
    const lowest = Math.min(...rowsBelow) - this.height(source);
    if (source.old !== undefined && source.old.row <= lowest) {
      this.lay(source, source.old.row);
      if (this.claim(source)) return true;
    }
    for (let start = lowest; start >= Math.max(0, lowest - slack); start -= 1) {
      this.lay(source, start);
      if (this.claim(source)) return true;
    }
    this.lay(source, Math.max(0, lowest));
    return false;
  }

  private lay(block: Block, start: number): void {
    for (const [vertex, row] of this.rowsFrom(block, start)) this.rows[vertex] = row;
  }

  /** The rows of a block's members, from `start` on and close together. */
  private rowsFrom(block: Block, start: number): ReadonlyMap<number, number> {
    const most = this.mostInside(block);
    const rows = new Map<number, number>();
    const counts: number[] = [];
    const put = (vertex: number, row: number): void => {
      rows.set(vertex, row);
      counts[row] = (counts[row] ?? 0) + 1;
    };
    for (const vertex of block.members) {
      let row = start;
      for (const input of this.inputs[vertex] ?? [])
        row = Math.max(row, 1 + (rows.get(input) ?? this.rows[input] ?? this.lastOfWaiting(input)));
      while ((counts[row] ?? 0) >= most) row += 1;
      put(vertex, row);
    }
    // What had to wait for another block has left a gap behind: what comes before it follows.
    for (const vertex of [...block.members].reverse()) {
      const row = rows.get(vertex) ?? start;
      const users = (this.users[vertex] ?? []).flatMap((user) => rows.get(user) ?? []);
      const lowest = Math.min(...users) - 1;
      if (lowest === Infinity || lowest <= row || (counts[lowest] ?? 0) >= most) continue;
      counts[row] = (counts[row] ?? 0) - 1;
      put(vertex, lowest);
    }
    return rows;
  }

  /** The last row of a block that waits for its user, if it begins in the first. */
  private lastOfWaiting(vertex: number): number {
    const block = this.blockOf[vertex];
    return block === undefined ? 0 : this.height(block) - 1;
  }

  /** The rows that a block without inputs takes. */
  private height(source: Block): number {
    return 1 + Math.max(...this.rowsFrom(source, 0).values());
  }

  /** How many of a block's members may stand side by side. */
  private mostInside({ group }: Block): number {
    let most = 1;
    while (this.lanesOf(group, most + 1) <= this.lanes.count) most += 1;
    return most;
  }

  /**
   * Takes the lanes that a block needs in its rows, those nearest to what leads to it.
   * @returns false, and takes none, where there are too few
   */
  private claim(block: Block): boolean {
    const { first, last, lanes } = this.extent(block);
    const isFree = (start: number): boolean => {
      for (let row = first; row <= last; row += 1)
        for (let lane = start; lane < start + lanes; lane += 1)
          if (this.taken[row]?.has(lane) === true) return false;
      return true;
    };
    const above = [...block.above].filter((other) => this.isPlaced(other));
    const away = (lane: number): number =>
      above.reduce((sum, other) => sum + Math.abs(other.lane - lane), 0);
    let best: number | undefined;
    for (let lane = 0; lane + lanes <= Math.max(this.lanes.count, lanes); lane += 1)
      if (isFree(lane) && (best === undefined || away(lane) < away(best))) best = lane;
    if (block.old !== undefined) best = isFree(block.old.lane) ? block.old.lane : undefined;
    if (best === undefined) return false;
    block.lane = best;
    for (let row = first; row <= last; row += 1) {
      const taken = new Set(this.taken[row]);
      for (let lane = best; lane < best + lanes; lane += 1) taken.add(lane);
      this.taken[row] = taken;
    }
    return true;
  }

  /** The rows and the number of lanes that a block takes where its members stand. */
  private extent({ members, group }: Block): {
    readonly first: number;
    readonly last: number;
    readonly lanes: number;
  } {
    const rows = members.map((vertex) => this.rows[vertex] ?? 0);
    const counts = new Map<number, number>();
    for (const row of rows) counts.set(row, (counts.get(row) ?? 0) + 1);
    const lanes = this.lanesOf(group, Math.max(...counts.values()));
    return { first: Math.min(...rows), last: Math.max(...rows), lanes };
  }

  private lanesOf(group: number, count: number): number {
    const { vertex } = this.sizes.spacing;
    return Math.ceil((this.width(group, count) + vertex) / (this.lane + vertex));
  }

  /** The pixels that a block takes across with so many vertices side by side. */
  private width(group: number, count: number): number {
    const { spacing, widths } = this.sizes;
    const cards = count * (this.card + spacing.vertex) - spacing.vertex;
    if (group === NO_GROUP) return cards;
    return Math.max(widths[group] ?? 0, cards + spacing.open + spacing.close);
  }

  private isPlaced({ members }: Block): boolean {
    return this.rows[members[0] ?? 0] !== undefined;
  }
}

/** Whether a block needs none and is needed, so that it can wait for its users; a long one has no place there. */
const isSource = ({ above, used, members }: Block): boolean =>
  used && above.size === 0 && members.length <= SHORT;
