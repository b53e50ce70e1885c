/** The picture's colours as a canvas needs them: the style sheet's custom properties, worked out. */
import { nodeStates } from '../../../proto/model/build-graph';
import type { NodeState } from '../../../proto/model/build-graph';

const names = [
  'background',
  'text',
  'muted',
  'accent',
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
  readonly font: string;
};

/** Read again whenever the theme changes. */
export function readPalette(): Palette {
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);
  const style = getComputedStyle(probe);
  const colourOf = (name: string): string => {
    probe.style.color = `var(--llb-${name})`;
    return style.color;
  };
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
  const palette = {
    colour: table(names, ''),
    state: table(nodeStates, 'state-'),
    font: getComputedStyle(document.body).fontFamily,
  };
  probe.remove();
  return palette;
}
