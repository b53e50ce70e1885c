/** What the page remembers across reloads: small, ids instead of data. */
import {
  accept,
  isBoolean,
  isNumber,
  isString,
  object,
  oneOf,
  recordOf,
} from '../proto/messages/validate';
import type { Direction } from './picture/layout';
import { laneKinds } from './picture/timeline';
import type { LaneKind } from './picture/timeline';
import type { ViewChoices } from './picture/view';

export type Camera = { readonly x: number; readonly y: number; readonly k: number };
export const tabs = ['details', 'log', 'changes', 'files'] as const;
export type Tab = (typeof tabs)[number];

export type SavedState = {
  readonly v: 1;
  /** The document; read by the extension to reopen the view. */
  readonly uri: string;
  readonly camera?: Camera;
  readonly selected?: string;
  readonly tab: Tab;
  /** The inspector's share of the view, 0 to 1. */
  readonly split: number;
  readonly direction?: Direction;
  readonly choices?: ViewChoices;
  /** What makes the timeline's lanes. */
  readonly lanes?: LaneKind;
};

const isSavedState = object<SavedState>(
  {
    v: oneOf(1),
    uri: isString,
    tab: oneOf(...tabs),
    split: isNumber,
  },
  {
    camera: object<Camera>({ x: isNumber, y: isNumber, k: isNumber }),
    selected: isString,
    direction: oneOf('down', 'right'),
    lanes: oneOf(...laneKinds),
    choices: object<ViewChoices>(
      { stages: recordOf(isBoolean) },
      {
        runs: isBoolean,
        implied: isBoolean,
        focus: object<NonNullable<ViewChoices['focus']>>(
          { node: isString, hops: isNumber },
          { from: isString },
        ),
        platform: isString,
        most: isNumber,
      },
    ),
  },
);

/** The state if it is one of ours, else undefined. */
export const parseSavedState = (value: unknown): SavedState | undefined =>
  accept(isSavedState, value);
