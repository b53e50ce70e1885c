/** What page and layout worker say to each other; structured clones, so maps travel as maps. */
import type { Layout, LayoutInput } from './picture/layout';

export type ToLayoutWorker =
  /** A blob URL of elkjs' worker file; sent once, before or after the first request. */
  | { readonly type: 'engine'; readonly url: string }
  | { readonly type: 'layout'; readonly id: number; readonly input: LayoutInput };

/** Only the newest request is answered. */
export type FromLayoutWorker =
  | { readonly type: 'done'; readonly id: number; readonly layout: Layout }
  /** The engine gave no answer; `layout` is the plain one that stands in for it. */
  | {
      readonly type: 'plain';
      readonly id: number;
      readonly layout: Layout;
      readonly reason: string;
    };
