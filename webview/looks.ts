/**
 * How the graph is looked at: which stages and runs are open, what is focused on, which way it
 * goes; what is drawn of it in consequence, and where a step is in that.
 */
import { emptyGraph } from '../proto/model/build-graph';
import type { BuildGraph, GroupId, NodeId } from '../proto/model/build-graph';
import { BETWEEN, NEAR } from './panels/view-menu';
import type { Direction } from './picture/layout';
import { noChoices, viewOf, WAYS, withStatus } from './picture/view';
import type { Fold, View, ViewChoices } from './picture/view';

/** A choice of {@link ViewChoices.most}. */
const EVERY_STEP = Number.MAX_SAFE_INTEGER;

export type LooksEvents = {
  /** @param anew whether the camera begins anew as well */
  readonly changed: (anew: boolean) => void;
  /** A step went into a closed stage or came out of one, maybe the one with the keyboard. */
  readonly stageOpened: () => void;
};

export class Looks {
  /** What is drawn of the graph; made anew when its shape changes. */
  part: View = viewOf(emptyGraph, noChoices);
  choices: ViewChoices = noChoices;
  direction: Direction = 'down';

  constructor(private readonly events: LooksEvents) {}

  /** Finds what is drawn of another graph. */
  take(graph: BuildGraph): void {
    this.part = withStatus(viewOf(graph, this.choices), graph);
  }

  /** @returns false where the status has an influence on what is drawn, so that it must be taken */
  takeStatus(graph: BuildGraph): boolean {
    const { status } = graph;
    if ([...this.part.hidden].some((id) => status[id]?.state === 'failed')) return false;
    this.part = withStatus(this.part, graph);
    return true;
  }

  restore(choices: ViewChoices = noChoices, direction?: Direction): void {
    this.choices = choices;
    if (direction !== undefined) this.direction = direction;
  }

  choose(next: ViewChoices, anew = false): void {
    this.choices = next;
    this.events.changed(anew);
  }

  turn(next: Direction): void {
    this.direction = next;
    this.choose(this.choices, true);
  }

  /** Where a step is drawn: in a closed stage or a run, or as itself. */
  drawn(node: NodeId): NodeId {
    return this.part.holders.get(node) ?? node;
  }

  foldAt(drawn: NodeId): Fold | undefined {
    return this.part.folds.get(drawn);
  }

  /** The step, or the first one, that a drawn node is. */
  stepOf(drawn: NodeId): NodeId {
    return this.foldAt(drawn)?.members[0] ?? drawn;
  }

  /**
   * Opens what stands for several steps, or closes the stage of a step.
   * @returns the first of the steps that came out
   */
  toggle(node: NodeId): NodeId | undefined {
    const fold = this.foldAt(node);
    if (fold !== undefined) {
      this.unfold(fold);
      return fold.members[0];
    }
    const group = this.part.graph.nodes.find(({ id }) => id === node)?.group;
    if (group !== undefined) this.openStage(group, false);
    return undefined;
  }

  /** Opens what a step is in, where that is a stage or a run. */
  bringOut(step: NodeId): void {
    const fold = this.foldAt(this.part.holders.get(step) ?? '');
    if (fold !== undefined && fold.kind !== 'rest') this.unfold(fold);
  }

  openStage(group: GroupId, open: boolean): void {
    this.choose({ ...this.choices, stages: { ...this.choices.stages, [group]: open } });
    this.events.stageOpened();
  }

  /** Looks only at what is so many edges from a step; undefined: at everything. */
  focusOn(node: NodeId | undefined, hops: number, from?: NodeId): void {
    const start = from === undefined ? {} : { from };
    const focus = node === undefined ? undefined : { node: this.stepOf(node), hops, ...start };
    this.choose({ ...this.choices, focus }, true);
  }

  /** As the menu offers it. @param hops or `NEAR`, `WAYS`, `BETWEEN` or 0 for everything */
  reach(hops: number, stop: NodeId | undefined, before: NodeId | undefined): void {
    const all = { ...this.choices, focus: undefined };
    if (hops === NEAR) this.choose({ ...all, most: undefined }, true);
    else if (hops === 0) {
      // Large graphs are wider than they are deep: turned, they fit a window better.
      if (this.part.large) this.direction = 'right';
      this.choose({ ...all, most: EVERY_STEP }, true);
    } else if (hops === BETWEEN) this.focusOn(stop, WAYS, before);
    else this.focusOn(stop, hops);
  }

  private unfold(fold: Fold): void {
    if (fold.kind === 'stage' && fold.group !== undefined) this.openStage(fold.group, true);
    else if (fold.kind === 'rest') this.choose({ ...this.choices, most: 2 * this.part.most });
    else this.choose({ ...this.choices, runs: false });
  }
}
