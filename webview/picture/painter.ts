/** What any painter is given: the graph, where things are, and what is to be pointed out. */
import type { BuildGraph, NodeId } from '../../proto/model/build-graph';
import type { TextMeasure } from './display-text';
import type { Layout } from './layout';
import type { Reading } from './reading';
import type { Texts } from './texts';
import type { Fold } from './view/fold';

export type Picture = {
  readonly graph: BuildGraph;
  readonly layout: Layout;
  readonly selected?: NodeId | undefined;
  /** The node that takes the keyboard: one stop in the page's tab order. */
  readonly focusable?: NodeId | undefined;
  /** What a search found; everything else steps back. */
  readonly found?: ReadonlySet<NodeId> | undefined;
  /** The nodes of the critical path, when it is shown, each with the one before it. */
  readonly critical?: ReadonlyMap<NodeId, NodeId | undefined> | undefined;
  /** Draws these nodes and nothing else; another painter draws the rest. */
  readonly only?: ReadonlySet<NodeId> | undefined;
  /** The drawn nodes that stand for several steps. */
  readonly folds?: ReadonlyMap<NodeId, Fold> | undefined;
  /** Leaves out what only a still picture needs: the page shows its own cards under the pointer. */
  readonly live?: boolean | undefined;
  /** The node that matters more than the beginning of a picture that is too large to be seen. */
  readonly foremost?: NodeId | undefined;
  /** How much of a card is written out; all of it when left out. */
  readonly reading?: Reading | undefined;
  /** Nodes to mark as new. */
  readonly fresh: ReadonlySet<NodeId>;
  /** Milliseconds since the epoch, for the time of running steps. */
  readonly now: number;
  readonly texts: Texts;
  readonly measure: TextMeasure;
};

/** A back end that answers with data; the canvas one draws from the same input. */
export type Painter<Result> = (picture: Picture) => Result;
