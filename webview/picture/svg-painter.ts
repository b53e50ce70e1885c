/** The SVG painter: a picture as SVG elements, for the page and for files. */
import type {
  GraphGroup,
  GraphNode,
  NodePrediction,
  NodeStatus,
} from '../../proto/model/build-graph';
import {
  badgeOutlines,
  edgeAppearances,
  kindIcons,
  ringTrack,
  stateAppearances,
  stopMark,
  warningIcon,
} from './appearance';
import type { Icon } from './appearance';
import {
  BADGE,
  BADGE_RIGHT,
  BADGE_TOP,
  badgeSize,
  badgeTop,
  CARD,
  cardTexts,
  foretoldOf,
  DETAIL_BASE,
  ICON,
  STACK,
  TEXT_LEFT,
  TILE,
} from './card';
import { nodeLabel, placesInGroups, statusOf, statusParts } from './describe';
import type { Place } from './describe';
import { displayText, ellipsize } from './display-text';
import { edgeLabel } from './edge-label';
import { headPath, linePath } from './edge-path';
import type { Box } from './layout';
import { GROUP_PADDING, pictureEdges } from './layout-input';
import type { PictureEdge } from './layout-input';
import type { Painter, Picture } from './painter';
import { predictionSigns } from './prediction';
import { NEAR } from './reading';
import { el } from './scene';
import type { SvgElement } from './scene';
import { progressShare } from './units';

/** The layers of a picture from back to front; what has no place in the layout yet is left out. */
export const paintSvg: Painter<readonly SvgElement[]> = (picture) => {
  const places = placesInGroups(picture.graph);
  const { only } = picture;
  if (only !== undefined) return [paintNodes(picture, places)];
  return [
    layer(
      'groups',
      picture.graph.groups.map((group) => paintGroup(group, picture)),
    ),
    layer('edges', paintEdges(picture)),
    layer(
      'group-names',
      picture.graph.groups.map((group) => paintGroupName(group, picture)),
    ),
    paintNodes(picture, places),
  ];
};

function paintNodes(picture: Picture, places: ReadonlyMap<string, Place>): SvgElement {
  const { graph, layout, only } = picture;
  return el(
    'g',
    { class: 'nodes', role: 'none' },
    graph.nodes.map((node, index) => {
      if (only?.has(node.id) === false) return undefined;
      const box = layout.nodes.get(node.id);
      return box && paintNode(node, box, places.get(node.id), index, picture);
    }),
  );
}

/** What says nothing that the nodes' labels do not say. */
const layer = (name: string, children: readonly (SvgElement | undefined)[]): SvgElement =>
  el('g', { class: name, role: 'none', 'aria-hidden': 'true' }, children);

function paintGroup(group: GraphGroup, { layout }: Picture): SvgElement | undefined {
  const box = layout.groups.get(group.id);
  if (box === undefined) return undefined;
  const { x, y, width, height } = box;
  return el('rect', { class: 'group-box', x, y, width, height, rx: 10 }, [], group.id);
}

function paintGroupName(
  group: GraphGroup,
  { layout, measure, live, reading = NEAR }: Picture,
): SvgElement | undefined {
  const box = layout.groups.get(group.id);
  if (box === undefined) return undefined;
  const room = (box.width - 2 * GROUP_PADDING.side) / reading.scale;
  const name = ellipsize(displayText(group.name), room, 'group', measure);
  return el(
    'text',
    {
      class: 'group-name',
      x: box.x + GROUP_PADDING.side,
      y: box.y + GROUP_PADDING.top - (reading.name === 'near' ? 13 : 8),
      'data-stage': live === true && group.kind !== 'role' ? group.id : undefined,
    },
    name,
    group.id,
  );
}

/**
 * Edges that look the same are one element each for their lines and their heads, since a page should
 * have few; those of the selected node come last, above the others.
 */
function paintEdges(picture: Picture): readonly (SvgElement | undefined)[] {
  const looks = new Map<string, PictureEdge[]>();
  for (const edge of pictureEdges(picture.graph)) {
    if (!picture.layout.edges.has(edge.id)) continue;
    const look = edgeClasses(edge, picture);
    const alike = looks.get(look);
    if (alike === undefined) looks.set(look, [edge]);
    else alike.push(edge);
  }
  const painted = [...looks].map(([look, edges]) => paintAlike(look, edges, picture));
  const isActive = ({ key }: SvgElement): boolean => key.includes(' active');
  return [...painted.filter((each) => !isActive(each)), ...painted.filter(isActive)];
}

function edgeClasses(edge: PictureEdge, { selected, critical, found }: Picture): string {
  const active = edge.from === selected || edge.to === selected;
  return [
    `edge edge-${edge.kind}`,
    ...(active ? ['active'] : []),
    ...(critical?.get(edge.to) === edge.from ? ['critical'] : []),
    ...(found === undefined || (found.has(edge.from) && found.has(edge.to)) ? [] : ['dimmed']),
  ].join(' ');
}

function paintAlike(look: string, edges: readonly PictureEdge[], picture: Picture): SvgElement {
  const ways = edges.map((edge) => picture.layout.edges.get(edge.id) ?? []);
  const arrow = edges[0] === undefined ? 'filled' : edgeAppearances[edges[0].kind].arrow;
  return el(
    'g',
    { class: look, role: 'none' },
    [
      el('path', { class: 'line', d: ways.map(linePath).join('') }),
      el('path', {
        class: `head head-${arrow}`,
        d: ways.map((points) => headPath(points, arrow)).join(''),
      }),
      ...edges.map((edge) => paintEdgeLabel(edge, picture)),
    ],
    look,
  );
}

function paintEdgeLabel(edge: PictureEdge, picture: Picture): SvgElement | undefined {
  const label = edgeLabel(edge, picture);
  return label && el('text', { class: 'edge-label', x: label.x, y: label.y }, label.text, edge.id);
}

function paintNode(
  node: GraphNode,
  box: Box,
  place: Place | undefined,
  index: number,
  picture: Picture,
): SvgElement {
  const { graph, texts, now, reading = NEAR } = picture;
  const sign = badgeSize(reading.name);
  const status = statusOf(graph, node.id);
  const look = stateAppearances[status.state];
  const selected = node.id === picture.selected;
  const fresh = picture.fresh.has(node.id);
  const critical = picture.critical?.has(node.id) === true;
  const warnings = status.warnings?.length ?? 0;
  const foretold = foretoldOf(status);
  const { width, height } = box;
  const fold = picture.folds?.get(node.id);
  const classes = [
    'node',
    `kind-${node.kind}`,
    `state-${status.state}`,
    `border-${look.border}`,
    ...(selected ? ['selected'] : []),
    ...(node.internal ? ['internal'] : []),
    ...(fresh ? ['fresh'] : []),
    ...(critical ? ['critical'] : []),
    ...(picture.found?.has(node.id) === false ? ['dimmed'] : []),
    ...(status.fromLastBuild === true ? ['from-last-build'] : []),
    ...(status.stops === undefined ? [] : ['stopped-at']),
  ];
  const label = [
    nodeLabel(node, status, place, now, texts, fold?.members.length),
    ...(critical ? [texts('node.critical')] : []),
    ...(fresh ? [texts('node.new')] : []),
  ].join(', ');
  return el(
    'g',
    {
      class: classes.join(' '),
      role: 'none',
      transform: `translate(${box.x},${box.y})`,
      'data-node': node.id,
    },
    [
      picture.live === true
        ? undefined
        : el(
            'title',
            {},
            `${displayText(node.fullName)}\n${statusParts(node, status, now, texts, fold?.members.length).join(' · ')}`,
          ),
      // What assistive technology meets: a name, and none of the shortened texts on the card.
      el(
        'g',
        {
          class: 'item',
          role: 'treeitem',
          tabindex: node.id === picture.focusable ? 0 : -1,
          'aria-label': label,
          'aria-selected': String(selected),
          'aria-expanded': fold === undefined ? undefined : 'false',
          'aria-level': 1,
          'aria-posinset': index + 1,
          'aria-setsize': graph.nodes.length,
        },
        [
          // Only these can have the keyboard or be marked by it.
          selected || node.id === picture.focusable || picture.live !== true
            ? el('rect', {
                class: 'focus-ring',
                x: -5,
                y: -5,
                width: width + 10,
                height: height + 10,
                rx: 12,
              })
            : undefined,
          ...(fold === undefined ? [] : stack(width, height)),
          el('rect', { class: 'card', width, height, rx: 8 }),
        ],
      ),
      el('g', { class: 'face', 'aria-hidden': 'true' }, [
        paintDifference(status),
        status.stops === undefined
          ? undefined
          : el('path', { class: 'stop-mark', d: stopMark(height) }),
        look.border === 'double'
          ? el('rect', {
              class: 'card-inner',
              x: 3,
              y: 3,
              width: width - 6,
              height: height - 6,
              rx: 5,
            })
          : undefined,
        ...(reading.name === 'farther'
          ? []
          : [
              el('rect', {
                class: 'tile',
                x: TILE.x,
                y: TILE.y,
                width: TILE.size,
                height: TILE.size,
                rx: TILE.radius,
              }),
              icon('kind-icon', kindIcons[node.kind], ICON.x, ICON.y),
            ]),
        ...paintText(node, status, width, picture),
        warnings > 0 && reading.name !== 'farther'
          ? icon('warning', warningIcon, width - BADGE_RIGHT - sign - BADGE - 6, BADGE_TOP)
          : undefined,
        foretold === undefined || reading.name === 'farther'
          ? undefined
          : paintPrediction(
              foretold,
              width - BADGE_RIGHT - sign - (warnings > 0 ? 2 : 1) * (BADGE + 6),
              BADGE_TOP,
            ),
        paintBadge(status, width - BADGE_RIGHT - sign, badgeTop(reading.name), sign / BADGE),
        paintProgress(status, width, height),
        fresh ? paintNewMark(width, picture) : undefined,
      ]),
    ],
    node.id,
  );
}

/** At the left edge: filled where a step itself differs from the build before, else an outline. */
function paintDifference({ difference }: NodeStatus): SvgElement | undefined {
  return (
    difference &&
    el('rect', {
      class: `difference difference-${difference.kind}`,
      x: -2,
      y: 10,
      width: 4,
      height: CARD.height - 20,
      rx: 2,
    })
  );
}

/** The cards that lie below that of a fold; lines that leave it go on below them. */
const stack = (width: number, height: number): readonly SvgElement[] =>
  STACK.map(({ inset, below }) =>
    el(
      'rect',
      {
        class: 'card-below',
        x: inset,
        y: height / 2,
        width: width - 2 * inset,
        height: height / 2 + below,
        rx: 8,
      },
      [],
      `below-${inset}`,
    ),
  );

function paintText(
  node: GraphNode,
  status: NodeStatus,
  width: number,
  picture: Picture,
): readonly SvgElement[] {
  const { left, base, keyword, rest, detail } = cardTexts(node, status, width, picture);
  return [
    el('text', { class: 'title', x: left, y: base }, [
      keyword === ''
        ? undefined
        : el('tspan', { class: 'keyword' }, rest === '' ? keyword : `${keyword}\u00a0`),
      rest === '' ? undefined : el('tspan', { class: 'rest' }, rest),
    ]),
    ...(detail === '' ? [] : [el('text', { class: 'detail', x: left, y: DETAIL_BASE }, detail)]),
  ];
}

/** The sign of a state on its own, also for legends. */
export function paintBadge(
  status: Pick<NodeStatus, 'state'>,
  x: number,
  y: number,
  scale = 1,
): SvgElement {
  const { shape, filled, sign } = stateAppearances[status.state];
  return el(
    'g',
    {
      class: `badge ${filled ? 'badge-filled' : 'badge-open'}`,
      transform: `translate(${x},${y})${scale === 1 ? '' : ` scale(${scale})`}`,
    },
    [
      shape === 'ring' ? el('path', { class: 'badge-track', d: ringTrack }) : undefined,
      shape === 'none'
        ? undefined
        : el('path', { class: `badge-shape badge-${shape}`, d: badgeOutlines[shape] }),
      sign.fill === undefined ? undefined : el('path', { class: 'sign-fill', d: sign.fill }),
      sign.stroke === undefined ? undefined : el('path', { class: 'sign-stroke', d: sign.stroke }),
    ],
  );
}

/** The sign of a prediction: in a dashed ring, so that it is never taken for a fact. */
export function paintPrediction(
  outcome: NodePrediction['outcome'],
  x: number,
  y: number,
): SvgElement {
  const { fill, stroke } = predictionSigns[outcome];
  return el('g', { class: `prediction prediction-${outcome}`, transform: `translate(${x},${y})` }, [
    el('path', { class: 'prediction-ring', d: badgeOutlines.circle }),
    fill === undefined ? undefined : el('path', { class: 'sign-fill', d: fill }),
    stroke === undefined ? undefined : el('path', { class: 'sign-stroke', d: stroke }),
  ]);
}

/** An icon of 16 by 16 pixels. */
export function icon(name: string, { stroke, fill }: Icon, x = 0, y = 0): SvgElement {
  const place = { class: name, transform: `translate(${x},${y})` };
  // One with a single path needs no group around it.
  if (fill === undefined && stroke !== undefined)
    return el('path', { ...place, class: `${name} icon-stroke`, d: stroke });
  return el('g', place, [
    fill === undefined ? undefined : el('path', { class: 'icon-fill', d: fill }),
    stroke === undefined ? undefined : el('path', { class: 'icon-stroke', d: stroke }),
  ]);
}

function paintProgress(status: NodeStatus, width: number, height: number): SvgElement | undefined {
  const share = status.state === 'running' ? progressShare(status) : undefined;
  if (share === undefined) return undefined;
  const room = width - TEXT_LEFT - BADGE_RIGHT;
  return el('g', { class: 'progress', transform: `translate(${TEXT_LEFT},${height - 6})` }, [
    el('rect', { class: 'progress-track', width: room, height: 3, rx: 1.5 }),
    el('rect', { class: 'progress-bar', width: Math.round(room * share), height: 3, rx: 1.5 }),
  ]);
}

function paintNewMark(width: number, { texts, measure }: Picture): SvgElement {
  const text = texts('node.new');
  const room = Math.ceil(measure(text, 'detail')) + 12;
  return el('g', { class: 'new-mark', transform: `translate(${width - room - 12},-8)` }, [
    el('rect', { class: 'new-mark-box', width: room, height: 16, rx: 8 }),
    el('text', { class: 'new-mark-text', x: 6, y: 12 }, text),
  ]);
}
