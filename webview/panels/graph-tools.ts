/** The buttons at the graph's edge: zoom, tidying, search, and what opens and closes over the graph. */
import { button, h, setAttribute } from '../dom';
import { graphActions, tools, type Tool } from '../graph-actions';
import type { Texts } from '../picture/texts';

export type GraphTools = {
  readonly element: HTMLElement;
  /** Shows whether what a tool switches is on. */
  readonly press: (tool: Tool, on: boolean) => void;
  /** Shows whether what a tool opens is open. */
  readonly expand: (tool: Tool, open: boolean, controls: string) => void;
  /** Takes a tool away that has nothing to do. */
  readonly offer: (tool: Tool, offered: boolean) => void;
};

export function createGraphTools(texts: Texts, act: (tool: Tool) => void): GraphTools {
  const buttons = new Map(
    tools.map((tool) => {
      const { tool: drawing, keys } = graphActions[tool];
      const element = button({
        class: 'tool',
        label: texts(`action.${tool}`),
        drawing,
        onClick: () => act(tool),
      });
      setAttribute(element, 'aria-keyshortcuts', keys.join(' '));
      return [tool, element];
    }),
  );
  const set = (tool: Tool, name: string, value: string): void => {
    const element = buttons.get(tool);
    if (element !== undefined) setAttribute(element, name, value);
  };
  return {
    element: h(
      'div',
      { class: 'zoom-tools', role: 'toolbar', 'aria-label': texts('header.zoom') },
      ...buttons.values(),
    ),
    press: (tool, on) => set(tool, 'aria-pressed', String(on)),
    expand(tool, open, controls) {
      set(tool, 'aria-expanded', String(open));
      set(tool, 'aria-controls', controls);
    },
    offer(tool, offered) {
      const element = buttons.get(tool);
      if (element !== undefined) element.hidden = !offered;
    },
  };
}
