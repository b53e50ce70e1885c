/** The buttons at the graph's edge: zoom, tidying, search, and what opens and closes over the graph. */
import type { WebviewStringKey } from '../../proto/messages/webview-strings';
import { button, h, setAttribute } from '../dom';
import type { Texts } from '../picture/texts';

const tools = {
  zoomIn: { stroke: 'M8 3v10M3 8h10' },
  zoomOut: { stroke: 'M3 8h10' },
  fit: { stroke: 'M2.5 6v-3.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10' },
  tidy: {
    stroke: 'M3 13 9.2 6.8M7.8 5.4l2.8 2.8M11.5 2v3M10 3.5h3M13 8.5v2M12 9.5h2M5.5 2.5v2M4.5 3.5h2',
  },
  search: { stroke: 'M6.8 2.5a4.3 4.3 0 1 1 0 8.6a4.3 4.3 0 1 1 0-8.6M10 10l3.8 3.8' },
  view: {
    stroke:
      'M2 4.5h5.5M11.5 4.5H14M2 11.5h2.5M8.5 11.5H14M9.5 2.7a1.8 1.8 0 1 1 0 3.6a1.8 1.8 0 1 1 0-3.6M6.5 9.7a1.8 1.8 0 1 1 0 3.6a1.8 1.8 0 1 1 0-3.6',
  },
  critical: { stroke: 'M2.5 13.5 6 8.5l2.5 2.5 5-8.5M9.5 2.5h4v4' },
  timeline: { stroke: 'M2 3.5h5M5 8h6M9 12.5h5M2 2v12' },
  compare: { stroke: 'M6 3.5H2.5v9H6M10 3.5h3.5v9H10M8 2v12M4.3 8h.01M11.7 6.7v2.6M10.4 8H13' },
  legend: { stroke: 'M2.5 4h.01M2.5 8h.01M2.5 12h.01M5.5 4h8M5.5 8h8M5.5 12h8' },
} as const;

export type Tool = keyof typeof tools;

const isTool = (name: string): name is Tool => Object.hasOwn(tools, name);

export type GraphTools = {
  readonly element: HTMLElement;
  /** Shows whether what a tool switches is on. */
  readonly press: (tool: Tool, on: boolean) => void;
  /** Shows whether what a tool opens is open, and takes a tool away that has nothing to do. */
  readonly expand: (tool: Tool, open: boolean, controls: string) => void;
  readonly offer: (tool: Tool, offered: boolean) => void;
};

export function createGraphTools(
  texts: Texts,
  acts: Readonly<Record<Tool, () => void>>,
): GraphTools {
  const label = (tool: Tool): WebviewStringKey => `action.${tool}`;
  const buttons = new Map(
    Object.keys(tools)
      .filter(isTool)
      .map((tool) => [
        tool,
        button({
          class: 'tool',
          label: texts(label(tool)),
          drawing: tools[tool],
          onClick: acts[tool],
        }),
      ]),
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
