/**
 * Everything that is done with the graph as a whole or with the step that has the keyboard: by which
 * keys, and with which sign where a button at the graph's edge does it as well. Keys and buttons are
 * made from this table; the tests go over it by keyboard.
 */
import type { Icon } from './picture/appearance';

type GraphAction = {
  /** As `KeyboardEvent.key` says them, letters in lower case. */
  readonly keys: readonly string[];
  readonly tool?: Icon;
};

export const graphActions = {
  zoomIn: { keys: ['+', '='], tool: { stroke: 'M8 3v10M3 8h10' } },
  zoomOut: { keys: ['-'], tool: { stroke: 'M3 8h10' } },
  fit: {
    keys: ['0'],
    tool: { stroke: 'M2.5 6v-3.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10' },
  },
  tidy: {
    keys: ['t'],
    tool: {
      stroke:
        'M3 13 9.2 6.8M7.8 5.4l2.8 2.8M11.5 2v3M10 3.5h3M13 8.5v2M12 9.5h2M5.5 2.5v2M4.5 3.5h2',
    },
  },
  search: {
    keys: ['/'],
    tool: { stroke: 'M6.8 2.5a4.3 4.3 0 1 1 0 8.6a4.3 4.3 0 1 1 0-8.6M10 10l3.8 3.8' },
  },
  view: {
    keys: ['v'],
    tool: {
      stroke:
        'M2 4.5h5.5M11.5 4.5H14M2 11.5h2.5M8.5 11.5H14M9.5 2.7a1.8 1.8 0 1 1 0 3.6a1.8 1.8 0 1 1 0-3.6M6.5 9.7a1.8 1.8 0 1 1 0 3.6a1.8 1.8 0 1 1 0-3.6',
    },
  },
  critical: {
    keys: ['c'],
    tool: { stroke: 'M2.5 13.5 6 8.5l2.5 2.5 5-8.5M9.5 2.5h4v4' },
  },
  timeline: { keys: ['g'], tool: { stroke: 'M2 3.5h5M5 8h6M9 12.5h5M2 2v12' } },
  compare: {
    keys: ['d'],
    tool: {
      stroke: 'M6 3.5H2.5v9H6M10 3.5h3.5v9H10M8 2v12M4.3 8h.01M11.7 6.7v2.6M10.4 8H13',
    },
  },
  legend: {
    keys: ['?'],
    tool: { stroke: 'M2.5 4h.01M2.5 8h.01M2.5 12h.01M5.5 4h8M5.5 8h8M5.5 12h8' },
  },
  /** Opens what stands for several steps, and closes the stage of a step. */
  toggle: { keys: ['e'] },
  log: { keys: ['l'] },
  /** What is near the step, and everything again. */
  near: { keys: ['f'] },
  /** The ways by which the result needs the step, and everything again. */
  ways: { keys: ['w'] },
  /** Closes what lies over the graph, else ends the selection. */
  escape: { keys: ['Escape'] },
} as const satisfies Record<string, GraphAction>;

export type ActionName = keyof typeof graphActions;

/** The actions that have a button. */
export type Tool = {
  [Name in ActionName]: (typeof graphActions)[Name] extends { readonly tool: Icon } ? Name : never;
}[ActionName];

const isAction = (name: string): name is ActionName => Object.hasOwn(graphActions, name);
const isTool = (name: ActionName): name is Tool => 'tool' in graphActions[name];

export const actionNames: readonly ActionName[] = Object.keys(graphActions).filter(isAction);
/** In the order of the buttons. */
export const tools: readonly Tool[] = actionNames.filter(isTool);

const byKey: ReadonlyMap<string, ActionName> = new Map(
  actionNames.flatMap((name) => graphActions[name].keys.map((key) => [key, name] as const)),
);

/** @param key of a key event, with or without Shift */
export const actionOf = (key: string): ActionName | undefined =>
  byKey.get(key) ?? byKey.get(key.toLowerCase());
