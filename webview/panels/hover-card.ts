/**
 * What is known of the step below the pointer, beside it. It says nothing that the step's label
 * does not say to assistive technology, so it is hidden from that.
 */
import type { BuildGraph, GraphNode } from '../../proto/model/build-graph';
import { h } from '../dom';
import { nameOf, statusOf, statusParts } from '../picture/describe';
import { displayText } from '../picture/display-text';
import { counted } from '../picture/texts';
import type { Texts } from '../picture/texts';

export type HoverCard = {
  readonly element: HTMLElement;
  /** Shows a step's card near a point of the surface, after a moment; undefined takes it away. */
  readonly over: (
    step:
      { readonly graph: BuildGraph; readonly node: GraphNode; readonly steps?: number } | undefined,
    x: number,
    y: number,
  ) => void;
};

/** Milliseconds of rest before a card comes. */
const REST = 450;
/** From the pointer, in pixels. */
const AWAY = 14;
/** Characters of an error that are worth reading here. */
const MOST_ERROR = 300;

export function createHoverCard(texts: Texts): HoverCard {
  const element = h('div', { class: 'hover-card', 'aria-hidden': 'true' });
  element.hidden = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown: string | undefined;

  function show(graph: BuildGraph, node: GraphNode, steps: number | undefined): void {
    const now = Date.now();
    const status = statusOf(graph, node.id);
    const group = graph.groups.find(({ id }) => id === node.group);
    const facts = [
      ...statusParts(node, status, now, texts, steps),
      ...(group === undefined ? [] : [displayText(group.name)]),
      ...(node.inputs.length === 0 ? [] : [counted(texts, 'node.inputs', node.inputs.length)]),
      ...((status.warnings?.length ?? 0) === 0
        ? []
        : [counted(texts, 'node.warnings', status.warnings?.length ?? 0)]),
    ];
    element.replaceChildren(
      h('p', { class: 'hover-name' }, nameOf(node, steps, texts)),
      h('p', { class: 'hover-facts' }, facts.join(' · ')),
      ...(status.error === undefined
        ? []
        : [h('p', { class: 'hover-error' }, displayText(status.error).slice(0, MOST_ERROR))]),
    );
    element.hidden = false;
  }

  return {
    element,
    over(step, x, y) {
      if (step?.node.id === shown) return;
      shown = step?.node.id;
      clearTimeout(timer);
      element.hidden = true;
      if (step === undefined) return;
      timer = setTimeout(() => {
        show(step.graph, step.node, step.steps);
        const room = element.parentElement;
        const width = room?.clientWidth ?? 0;
        const height = room?.clientHeight ?? 0;
        const fits = y + AWAY + element.offsetHeight <= height;
        const top = fits ? y + AWAY : Math.max(0, y - AWAY - element.offsetHeight);
        const left = Math.max(0, Math.min(x + AWAY, width - element.offsetWidth - 4));
        element.style.left = `${left}px`;
        element.style.top = `${top}px`;
      }, REST);
    },
  };
}
