/**
 * How each kind of node, each state and each edge looks: the tables behind painter and legend.
 *
 * A state is told by shape, border and text as well as by colour, because no palette of that many
 * colours stays apart for everyone.
 */
import type { EdgeKind, NodeKind, NodeState } from '../../proto/model/build-graph';

/** A drawing on a 16 by 16 grid: lines that are stroked and areas that are filled. */
export type Icon = { readonly stroke?: string; readonly fill?: string };

export const kindIcons: Readonly<Record<NodeKind, Icon>> = {
  image: {
    stroke: 'M8 2.2 14 5 8 7.8 2 5ZM2.6 8.2 8 10.8l5.4-2.6M2.6 11.2 8 13.8l5.4-2.6',
  },
  local: { stroke: 'M2 12.5v-9h4.2l1.6 2H14v7Z' },
  git: {
    stroke:
      'M4.5 5.2v5.6M4.5 9.2c4 0 6.6-.6 6.8-3.2M4.5 2.2a1.5 1.5 0 1 1 0 3a1.5 1.5 0 1 1 0-3M4.5 10.8a1.5 1.5 0 1 1 0 3a1.5 1.5 0 1 1 0-3M11.4 3a1.5 1.5 0 1 1 0 3a1.5 1.5 0 1 1 0-3',
  },
  http: { stroke: 'M8 2v8M4.8 7 8 10.2 11.2 7M2.5 11.5v2h11v-2' },
  'oci-layout': { stroke: 'M2.5 5 8 2.2 13.5 5v6L8 13.8 2.5 11ZM2.5 5 8 7.8 13.5 5M8 7.8v6' },
  exec: { stroke: 'M2 3h12v10H2ZM4.5 6l2.2 2-2.2 2M8.2 10.2h3.3' },
  file: { stroke: 'M5.5 4.5V2h5l3 3v6.5h-3M2.5 4.5h5l3 3V14h-8ZM7.3 4.7v3h3' },
  merge: {
    stroke: 'M4 2.5v2.2c0 3 4 2.8 4 5.8v3M12 2.5v2.2c0 3-4 2.8-4 5.8M5.8 11.4 8 13.6l2.2-2.2',
  },
  diff: { stroke: 'M8 2.5v6M5 5.5h6M5 12.5h6' },
  build: { stroke: 'M2.2 2.2h11.6v11.6H2.2ZM5.2 5.2h5.6v5.6H5.2Z' },
  unknown: { stroke: 'M8 2 13.2 5v6L8 14 2.8 11V5ZM8 8h.01' },
};

/** How the outline of a node's card is drawn. */
export type Border =
  'thin' | 'foretold' | 'dotted' | 'dashed' | 'double' | 'solid' | 'thick' | 'long-dashed';

/** The shape behind a state's sign: `open` ones are outlined, the others filled. */
export type BadgeShape = 'circle' | 'octagon' | 'ring' | 'none';

export type StateAppearance = {
  readonly border: Border;
  readonly shape: BadgeShape;
  /** Filled signs are facts; open ones are expectations or waiting. */
  readonly filled: boolean;
  readonly sign: Icon;
};

/** The debugger's arrow, which points at a card from its left edge. */
export const stopMark = (height: number): string =>
  `M-17 ${height / 2 - 6}h7v-5l12 11-12 11v-5h-7Z`;

const bolt = 'M8.9 2.8 4.6 8.9h2.9l-.5 4.3 4.4-6.2H8.4Z';

export const stateAppearances: Readonly<Record<NodeState, StateAppearance>> = {
  unknown: { border: 'thin', shape: 'circle', filled: false, sign: {} },
  'predicted-cached': { border: 'foretold', shape: 'circle', filled: false, sign: { fill: bolt } },
  'predicted-run': {
    border: 'foretold',
    shape: 'circle',
    filled: false,
    sign: { fill: 'M6.4 4.9v6.2L11.3 8Z' },
  },
  queued: {
    border: 'dotted',
    shape: 'circle',
    filled: false,
    sign: { stroke: 'M8 4.6V8l2.3 1.6' },
  },
  running: { border: 'dashed', shape: 'ring', filled: false, sign: {} },
  cached: { border: 'double', shape: 'circle', filled: true, sign: { fill: bolt } },
  done: {
    border: 'solid',
    shape: 'circle',
    filled: true,
    sign: { stroke: 'M4.7 8.3 7 10.6 11.3 5.8' },
  },
  failed: {
    border: 'thick',
    shape: 'octagon',
    filled: true,
    sign: { stroke: 'M5.4 5.4l5.2 5.2M10.6 5.4 5.4 10.6' },
  },
  cancelled: {
    border: 'long-dashed',
    shape: 'circle',
    filled: false,
    sign: { stroke: 'M3.4 3.4 12.6 12.6' },
  },
};

/** The outline of a badge on the 16 by 16 grid. */
export const badgeOutlines: Readonly<Record<Exclude<BadgeShape, 'none'>, string>> = {
  circle: 'M8 1a7 7 0 1 1 0 14a7 7 0 1 1 0-14Z',
  octagon: 'M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1Z',
  ring: 'M8 1.5a6.5 6.5 0 1 1-6.5 6.5',
};

/** The full circle that a running step's arc turns on. */
export const ringTrack = 'M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13Z';

/** A triangle with an exclamation mark. */
export const warningIcon: Icon = { fill: 'M8 1.8 15 14H1Z', stroke: 'M8 6.2v3.6M8 11.9h.01' };

export type ArrowHead = 'filled' | 'open' | 'dot';

export type EdgeAppearance = { readonly arrow: ArrowHead };

/** The strokes (solid, dashed, dotted) are in the style sheet under the class of the kind. */
export const edgeAppearances: Readonly<Record<EdgeKind, EdgeAppearance>> = {
  input: { arrow: 'filled' },
  copy: { arrow: 'open' },
  mount: { arrow: 'dot' },
};
