/** What page and layout worker say to each other; structured clones, so maps travel as maps. */
import type { Layout, LayoutInput } from './picture/layout';

export type ToLayoutWorker =
  /** A blob URL of elkjs' worker file; sent once, before or after the first request. */
  | { readonly type: 'engine'; readonly url: string }
  /** The file cannot be had: everything is drawn in lanes. */
  | { readonly type: 'noEngine'; readonly reason: string }
  | { readonly type: 'layout'; readonly id: number; readonly input: LayoutInput };

/** Only the newest request is answered: perhaps with a draft first, then once for good. */
export type FromLayoutWorker =
  /** The plain layout, to look at until the real one is there. */
  | { readonly type: 'draft'; readonly id: number; readonly layout: Layout }
  | { readonly type: 'done'; readonly id: number; readonly layout: Layout }
  /** The engine gave no answer; `layout` is the plain one that stands in for it. */
  | {
      readonly type: 'plain';
      readonly id: number;
      readonly layout: Layout;
      readonly reason: string;
    };
