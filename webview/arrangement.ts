/**
 * How what is drawn is arranged: asks the layout worker for places, takes them as they come, and says
 * where the camera goes with them. A picture that is another one is looked at anew; in one that only
 * changes, what people look at stays where it is.
 */
import type { BuildGraph, NodeId } from '../proto/model/build-graph';
import { createLayoutClient } from './layout-client';
import type { LayoutFiles } from './layout-client';
import { cardWidth } from './picture/card';
import type { TextMeasure } from './picture/display-text';
import { emptyLayout } from './picture/layout';
import type { Direction, Layout, LayoutInput } from './picture/layout';
import { layoutInput, sameLayoutInput } from './picture/layout-input';
import type { CardRoom } from './picture/layout-input';
import type { Camera } from './saved-state';
import type { GraphView } from './surface/graph-view';
import { anotherPicture, steadyCamera } from './surface/steady-camera';

/** A picture should be seen as a whole at this zoom, if it can be made narrow enough. */
const COMFORT = 0.8;

/** Above so many nodes the tidying engine takes longer than anyone waits. */
const MOST_TIDY = 150;

/** What is to be laid out. */
export type Subject = {
  /** The whole graph, which cards are as wide as suits. */
  readonly whole: BuildGraph;
  /** What is drawn of it. */
  readonly part: BuildGraph;
  readonly direction: Direction;
  readonly measure: TextMeasure;
};

export type ArrangementEvents = {
  /** There is another layout, or a reason why there is none: draw it. */
  readonly draw: () => void;
  /** A layout is drawn and looked at. */
  readonly arrived: () => void;
  /** The node that should stay where it is, if one matters more than the others. */
  readonly anchor: () => NodeId | undefined;
};

export class Arrangement {
  layout: Layout = emptyLayout;
  /** Why there is no layout, or no tidy one. */
  failure: string | undefined;
  private asked: LayoutInput | undefined;
  /** Whether this picture has been looked at. */
  private framed = false;
  /** A better layout of the same is on its way. */
  private awaitsBetter = false;
  /** Where the camera was left in an earlier life of the page. */
  private left: Camera | undefined;
  /** It stays while a graph is edited. */
  private cards: CardRoom | undefined;
  private readonly layouts;

  constructor(
    private readonly view: GraphView,
    files: LayoutFiles,
    private readonly events: ArrangementEvents,
  ) {
    const failed = (reason: string): void => {
      this.failure = reason;
      events.draw();
    };
    this.layouts = createLayoutClient(files, {
      done: (layout, first) => this.take(layout, first),
      untidy: failed,
      failed,
    });
  }

  /** `first` while a better layout is on its way; undefined without any. */
  get state(): 'first' | 'done' | undefined {
    if (this.layout === emptyLayout) return undefined;
    return this.awaitsBetter ? 'first' : 'done';
  }

  /** Where the camera was put by somebody; undefined where it is as it came. */
  get camera(): Camera | undefined {
    return this.framed && this.view.moved() ? this.view.camera() : this.left;
  }

  /** Another picture begins. @param camera where it was left */
  begin(camera: Camera | undefined): void {
    this.framed = false;
    this.layout = emptyLayout;
    this.cards = undefined;
    this.left = camera;
  }

  /** Asks for a layout if the shape is another one than that which was asked for. */
  follow(subject: Subject): void {
    this.cards ??= this.cardRoom(subject);
    const { part, measure, direction } = subject;
    const input = layoutInput(part, measure, this.layout, direction, this.cards);
    if (this.asked !== undefined && sameLayoutInput(input, this.asked)) return;
    this.asked = input;
    this.layouts.request(input);
  }

  /** Asks the slow engine for the same picture; what is too large for it is laid out afresh. */
  tidy(subject: Subject): void {
    this.cards = this.cardRoom(subject);
    const { part, measure, direction } = subject;
    const input = layoutInput(part, measure, undefined, direction, this.cards);
    this.asked = input;
    if (input.nodes.length <= MOST_TIDY && direction === 'down') this.layouts.tidy(input);
    else this.layouts.request(input);
  }

  private cardRoom({ whole, measure }: Subject): CardRoom {
    const { width, height } = this.view.size();
    const room = { width: width / COMFORT, height: height / COMFORT };
    return { width: cardWidth(whole, measure), room: width * height === 0 ? undefined : room };
  }

  private take(next: Layout, first: boolean): void {
    const { view, layout: before, awaitsBetter: better } = this;
    this.layout = next;
    this.awaitsBetter = first;
    this.failure = undefined;
    const camera = view.camera();
    this.events.draw();
    if (this.left !== undefined) {
      view.restore(this.left);
      // It was left over the better of two layouts.
      if (!first) this.left = undefined;
      this.framed = true;
    } else if (
      next.nodes.size > 0 &&
      (!this.framed || (!view.moved() && (better || anotherPicture(before, next))))
    ) {
      view.frame();
      this.framed = true;
    } else {
      view.setCamera(steadyCamera(before, next, camera, view.size(), this.events.anchor()));
    }
    this.events.arrived();
  }
}
