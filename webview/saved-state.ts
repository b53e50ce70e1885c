/** What the page remembers across reloads: small, ids instead of data. */
import { accept, isNumber, isString, object, oneOf } from '../proto/messages/validate';

export type Camera = { readonly x: number; readonly y: number; readonly k: number };
export type Tab = 'details' | 'log' | 'files';

export type SavedState = {
  readonly v: 1;
  /** The document; read by the extension to reopen the view. */
  readonly uri: string;
  readonly camera?: Camera;
  readonly selected?: string;
  readonly tab: Tab;
  /** The inspector's share of the view, 0 to 1. */
  readonly split: number;
};

const isSavedState = object<SavedState>(
  {
    v: oneOf(1),
    uri: isString,
    tab: oneOf('details', 'log', 'files'),
    split: isNumber,
  },
  {
    camera: object<Camera>({ x: isNumber, y: isNumber, k: isNumber }),
    selected: isString,
  },
);

/** The state if it is one of ours, else undefined. */
export const parseSavedState = (value: unknown): SavedState | undefined =>
  accept(isSavedState, value);
