/** Where things stand inside a card, and what its two lines say; the same for every painter. */
import type { GraphNode, NodeStatus } from '../../proto/model/build-graph';
import { statusParts } from './describe';
import { ellipsize, titleOf } from './display-text';
import type { Picture } from './painter';

/** In pixels from the card's upper left corner. */
export const TEXT_LEFT = 48;
export const TITLE_BASE = 22;
export const DETAIL_BASE = 39;
export const BADGE = 16;
export const BADGE_RIGHT = 14;

export type CardTexts = {
  readonly keyword: string;
  /** The keyword's width with the blank after it. */
  readonly keywordWidth: number;
  readonly rest: string;
  readonly detail: string;
};

/** The texts of a card as far as they fit. */
export function cardTexts(
  node: GraphNode,
  status: NodeStatus,
  width: number,
  { measure, texts, now, folds }: Pick<Picture, 'measure' | 'texts' | 'now' | 'folds'>,
): CardTexts {
  const room = width - TEXT_LEFT - BADGE_RIGHT - BADGE - 8;
  const { keyword, rest } = titleOf(node.name, node.kind);
  const head = ellipsize(keyword, room, 'keyword', measure);
  const used = head === '' ? 0 : measure(`${head}\u00a0`, 'keyword');
  const warned = (status.warnings ?? 0) > 0;
  const detail = statusParts(node, status, now, texts, folds?.get(node.id)?.members.length).join(
    ' · ',
  );
  return {
    keyword: head,
    keywordWidth: used,
    rest:
      rest === '' ? '' : ellipsize(rest, room - used - (warned ? BADGE + 6 : 0), 'title', measure),
    detail: ellipsize(detail, width - TEXT_LEFT - BADGE_RIGHT, 'detail', measure),
  };
}
