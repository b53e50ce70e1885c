/** What can be done with the selected step besides looking at it. */
import type { StepAct } from '../../proto/messages/webview';
import type { GraphNode } from '../../proto/model/build-graph';
import { button, h } from '../dom';
import type { Icon } from '../picture/appearance';
import type { Texts } from '../picture/texts';

const acts: Readonly<Record<StepAct, Icon>> = {
  shell: { stroke: 'M2 3h12v10H2ZM4.5 6l2.2 2-2.2 2M8.2 10.2h3.3' },
  debug: { stroke: 'M3 2.5v11M5.5 4.5l6.5 3.5-6.5 3.5Z' },
  breakpoint: { fill: 'M8 3.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9Z' },
  stage: { stroke: 'M2.5 2.5h7v7h-7ZM6.5 11.5v2h7v-7h-2' },
  why: {
    stroke:
      'M8 1.8a6.2 6.2 0 1 1 0 12.4a6.2 6.2 0 1 1 0-12.4M6.2 6.3a1.9 1.9 0 1 1 2.6 1.8c-.6.3-.8.6-.8 1.2M8 11.4h.01',
  },
};
const names: readonly StepAct[] = ['shell', 'debug', 'breakpoint', 'stage', 'why'];

export type StepActions = {
  readonly element: HTMLElement;
  /** @param able whether anything may be built here */
  readonly update: (node: GraphNode, able: boolean, folded: boolean) => void;
};

export function createStepActions(
  texts: Texts,
  run: (node: string, act: StepAct) => void,
): StepActions {
  let shown = '';
  const buttons = names.map((act) => ({
    act,
    element: button({
      class: 'step-action',
      // With a hint too: a low inspector shows the sign alone.
      label: texts(`step.${act}`),
      text: texts(`step.${act}`),
      drawing: acts[act],
      onClick: () => run(shown, act),
    }),
  }));
  const element = h(
    'div',
    { class: 'step-actions', role: 'toolbar', 'aria-label': texts('step.actions') },
    ...buttons.map((each) => each.element),
  );
  return {
    element,
    update(node, able, folded) {
      shown = node.id;
      const line = node.ranges.length > 0;
      const offered: Readonly<Record<StepAct, boolean>> = {
        shell: line && !folded && (node.kind === 'exec' || node.kind === 'file'),
        debug: line && !folded,
        breakpoint: !folded && !node.internal,
        stage: node.group !== undefined,
        why: true,
      };
      for (const { act, element: each } of buttons) each.hidden = !able || !offered[act];
      element.hidden = buttons.every((each) => each.element.hidden);
    },
  };
}
