/** The picture's colours as a canvas needs them: the style sheet's custom properties, worked out. */
import { nodeStates } from '../../../proto/model/build-graph';
import type { NodeState } from '../../../proto/model/build-graph';

const names = [
  'background',
  'text',
  'muted',
  'accent',
  'accent-text',
  'card',
  'card-border',
  'card-selected',
  'group',
  'group-border',
  'tile',
  'tile-border',
  'icon',
  'edge',
  'sign',
  'warning',
  'stop',
] as const;
type ColourName = (typeof names)[number];

export type Palette = {
  readonly colour: Readonly<Record<ColourName, string>>;
  readonly state: Readonly<Record<NodeState, string>>;
  /** Of cards: what went well is calmer there than its sign. */
  readonly border: Readonly<Record<NodeState, string>>;
  readonly font: string;
  readonly mono: string;
};

/** Read again whenever the theme changes. */
export function readPalette(): Palette {
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);
  const style = getComputedStyle(probe);
  const worked = (colour: string): string => {
    probe.style.color = colour;
    return style.color;
  };
  const colourOf = (name: string): string => worked(`var(--llb-${name})`);
  const calm = (state: NodeState): string =>
    worked(`color-mix(in srgb, var(--llb-state-${state}) var(--llb-calm), var(--llb-card))`);
  const table = <Name extends string>(
    keys: readonly Name[],
    prefix: string,
  ): Readonly<Record<Name, string>> => {
    const entries = keys.map((key) => [key, colourOf(`${prefix}${key}`)] as const);
    const colours = Object.fromEntries(entries);
    const has = (value: object): value is Record<Name, string> => keys.every((key) => key in value);
    if (!has(colours)) throw new Error('a colour is missing');
    return colours;
  };
  const state = table(nodeStates, 'state-');
  probe.style.fontFamily = 'var(--llb-mono)';
  const palette = {
    colour: table(names, ''),
    state,
    border: { ...state, done: calm('done'), cached: calm('cached') },
    font: getComputedStyle(document.body).fontFamily,
    mono: style.fontFamily,
  };
  probe.remove();
  return palette;
}
