/** What page and layout worker say to each other; structured clones, so maps travel as maps. */
import type { Layout, LayoutInput } from './picture/layout';

export type ToLayoutWorker =
  | { readonly type: 'layout'; readonly id: number; readonly input: LayoutInput }
  /** Asks the slow engine for its layout; `url` is a blob of elkjs' own worker file. */
  | {
      readonly type: 'tidy';
      readonly id: number;
      readonly input: LayoutInput;
      readonly url: string;
    };

/** Only the newest request is answered. */
export type FromLayoutWorker =
  | {
      readonly type: 'done';
      readonly id: number;
      readonly layout: Layout;
      /** A better layout of the same follows, unless a newer request comes first. */
      readonly first: boolean;
    }
  /** The engine gave no answer in time. */
  | { readonly type: 'untidy'; readonly id: number; readonly reason: string };
