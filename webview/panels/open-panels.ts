/** Which panels stand open: one at a time over the graph, and one below it. */
import type { GraphTools } from './graph-tools';

/** Each by the tool that opens it. */
export type Over = 'legend' | 'view';
export type Below = 'timeline' | 'compare';

export type OpenPanels = {
  readonly isOpen: (which: Over | Below) => boolean;
  readonly toggleOver: (which: Over) => void;
  /** @returns whether there was something to close */
  readonly closeOver: () => boolean;
  /** @param which undefined closes what is open */
  readonly showBelow: (which: Below | undefined) => void;
  readonly toggleBelow: (which: Below) => void;
};

/** Where the keyboard goes in a panel that opens. */
const firstIn: Readonly<Record<Below, string>> = {
  timeline: '.bar[tabindex="0"]',
  compare: '.causes .link',
};

export function createOpenPanels(
  tools: GraphTools,
  panels: Readonly<Record<Over | Below, HTMLElement>>,
  events: {
    /** What is drawn may depend on what is open. */
    readonly changed: () => void;
    /** Nothing stands below the graph any more, and the keyboard goes back there. */
    readonly closedBelow: () => void;
  },
): OpenPanels {
  const set = (which: Over | Below, open: boolean): void => {
    panels[which].hidden = !open;
    tools.expand(which, open, panels[which].id);
  };
  const isOpen = (which: Over | Below): boolean => !panels[which].hidden;
  const showOver = (which: Over | undefined): void => {
    set('legend', which === 'legend');
    set('view', which === 'view');
  };
  const showBelow = (which: Below | undefined): void => {
    set('timeline', which === 'timeline');
    set('compare', which === 'compare');
    events.changed();
    if (which === undefined) events.closedBelow();
    else panels[which].querySelector<HTMLElement>(firstIn[which])?.focus();
  };
  for (const which of ['legend', 'view', 'timeline', 'compare'] as const) set(which, false);
  return {
    isOpen,
    toggleOver: (which) => showOver(isOpen(which) ? undefined : which),
    closeOver() {
      const closes = isOpen('legend') || isOpen('view');
      showOver(undefined);
      return closes;
    },
    showBelow,
    toggleBelow: (which) => showBelow(isOpen(which) ? undefined : which),
  };
}
